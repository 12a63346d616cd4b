//! Reads a text by byte place, without a way to panic; nothing about kinds of entities enters here.

use std::cell::OnceCell;

/// Words of a message about clothes that are worn; only then is a bare `m` a size or `165 110` a body.
#[rustfmt::skip]
const WORN: &[&str] = &[
    "穿", "码", "尺", "衣", "裤", "裙", "衫", "袖", "身高", "体重", "斤", "kg", "胸", "腰", "臀",
    "瘦", "胖", "外套", "西装", "t恤", "羽绒", "内胆", "连体", "个子", "推荐",
];

/// Words of a message about things with a length of their own; then `1.8米` is rather a bed.
#[rustfmt::skip]
const MEASURED_GOODS: &[&str] = &[
    "床", "被", "帘", "桌", "柜", "沙发", "席", "线", "绳", "布料", "垫", "毯", "门", "板", "宽",
    "架", "管", "抱枕", "阁楼", "长度", "箱", "层高", "灶",
];

/// One normalised message, read by byte place.
///
/// Every place is a byte offset; a place that is not on a character boundary reads as the end of the text.
pub(super) struct Message<'t> {
    text: &'t str,
    /// How much was looked at, so that a test can see that it grows with the text and no faster.
    #[cfg(test)]
    looked: std::cell::Cell<usize>,
    shoes: OnceCell<bool>,
    worn: OnceCell<bool>,
    measured_goods: OnceCell<bool>,
}

impl<'t> Message<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            #[cfg(test)]
            looked: std::cell::Cell::new(0),
            shoes: OnceCell::new(),
            worn: OnceCell::new(),
            measured_goods: OnceCell::new(),
        }
    }

    /// Everything from `at` on.
    pub(super) fn after(&self, at: usize) -> &'t str {
        self.look(1);
        self.text.get(at..).unwrap_or_default()
    }

    /// Everything up to `at`.
    pub(super) fn before(&self, at: usize) -> &'t str {
        self.text.get(..at).unwrap_or_default()
    }

    pub(super) fn between(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The character that begins at `at`.
    pub(super) fn next(&self, at: usize) -> Option<char> {
        self.after(at).chars().next()
    }

    /// The character that ends at `at`.
    pub(super) fn previous(&self, at: usize) -> Option<char> {
        self.before(at).chars().next_back()
    }

    pub(super) fn next_in(&self, at: usize, set: &str) -> bool {
        self.next(at).is_some_and(|c| set.contains(c))
    }

    pub(super) fn previous_in(&self, at: usize, set: &str) -> bool {
        self.previous(at).is_some_and(|c| set.contains(c))
    }

    /// The end of the longest run of such ASCII bytes that begins at `at`.
    pub(super) fn run(&self, at: usize, belongs: impl Fn(&u8) -> bool) -> usize {
        self.run_of(usize::MAX, at, belongs)
    }

    /// The same, of at most so many bytes.
    pub(super) fn run_of(&self, most: usize, at: usize, belongs: impl Fn(&u8) -> bool) -> usize {
        let length = self.after(at).bytes().take(most).take_while(belongs).count();
        self.look(length);
        at + length
    }

    /// The end of the run of ASCII digits that begins at `at`.
    pub(super) fn digits(&self, at: usize) -> usize {
        self.run(at, u8::is_ascii_digit)
    }

    /// Whether an ASCII letter or digit ends at `at`.
    pub(super) fn glued_before(&self, at: usize) -> bool {
        self.previous(at).is_some_and(|c| c.is_ascii_alphanumeric())
    }

    /// Whether an ASCII letter or digit begins at `at`.
    pub(super) fn glued_after(&self, at: usize) -> bool {
        self.next(at).is_some_and(|c| c.is_ascii_alphanumeric())
    }

    /// Whether the digits at `at` are the decimals of a number that began earlier (the `9` of `1.9`).
    pub(super) fn is_decimals(&self, at: usize) -> bool {
        let mut back = self.before(at).bytes().rev();
        back.next() == Some(b'.') && back.next().is_some_and(|b| b.is_ascii_digit())
    }

    /// Whether the message speaks of shoes.
    pub(super) fn is_shoes(&self) -> bool {
        *self.shoes.get_or_init(|| self.text.contains('鞋'))
    }

    /// Whether the message speaks of clothes that are worn.
    pub(super) fn is_worn(&self) -> bool {
        *self.worn.get_or_init(|| WORN.iter().any(|word| self.text.contains(word)))
    }

    /// Whether the message speaks of goods that have a length of their own.
    pub(super) fn is_measured_goods(&self) -> bool {
        *self.measured_goods.get_or_init(|| MEASURED_GOODS.iter().any(|word| self.text.contains(word)))
    }

    /// Where the first of `words` that stands at `at` ends. Put longer words first.
    pub(super) fn word(&self, at: usize, words: &[&str]) -> Option<usize> {
        let rest = self.after(at);
        words.iter().find(|word| rest.starts_with(**word)).map(|word| at + word.len())
    }

    /// Whether one of `words` ends at `at`.
    pub(super) fn ends_with(&self, at: usize, words: &[&str]) -> bool {
        let head = self.before(at);
        words.iter().any(|word| head.ends_with(word))
    }

    /// Where one of `labels` ends that names the number at `at`, over at most four words like `是` or `:`.
    pub(super) fn labelled(&self, at: usize, labels: &[&str]) -> bool {
        #[rustfmt::skip]
        const FILLERS: &[&str] = &[
            "大概", "差不多", " ", ":", "是", "约", "在", "有", "嘛", "才", "就", "为", "了", "也",
            "=", "呢", "吧",
        ];
        let mut head = self.before(at);
        for _ in 0..4 {
            if labels.iter().any(|label| head.ends_with(label)) {
                return true;
            }
            match FILLERS.iter().find_map(|filler| head.strip_suffix(filler)) {
                Some(shorter) => head = shorter,
                None => return false,
            }
        }
        labels.iter().any(|label| head.ends_with(label))
    }

    #[cfg(test)]
    pub(super) fn looked(&self) -> usize {
        self.looked.get()
    }

    #[cfg(test)]
    fn look(&self, much: usize) {
        self.looked.set(self.looked.get() + much);
    }

    #[cfg(not(test))]
    fn look(&self, _much: usize) {}
}
