"""The figure to compare with: a character TF-IDF (1-4-grams) with a linear SVM on the same rows.

`python baseline.py PREPARED_DIR TAXONOMY`. Prints its intent accuracy on dev and the held-out writers.
"""

import sys

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from corpus import load_corpus
from score import accuracy


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    corpus = load_corpus(*sys.argv[1:])
    texts = lambda rows: [f"^{r.norm}$" for r in rows]
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 4), min_df=2, sublinear_tf=True)
    svm = LinearSVC(C=0.3).fit(vectors.fit_transform(texts(corpus.train)),
                               [r.intents[0] for r in corpus.train])
    for name in ("dev", "held-a", "held-b"):
        rows = corpus.tests[name]
        print(f"{name}: {accuracy(rows, svm.decision_function(vectors.transform(texts(rows)))):.4f}")


if __name__ == "__main__":
    main()
