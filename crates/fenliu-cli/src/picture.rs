//! Pictures as SVG written by hand, and the same as PNG; what is drawn is known to the commands that draw.

pub(crate) mod plot;
mod png;

/// A picture, for a page or for a file of its own.
#[derive(Debug)]
pub(crate) struct Picture {
    width: u32,
    height: u32,
    title: &'static str,
    body: String,
}

/// The sizes of letters in pixels, as the style has them; a PNG has no style of letters.
const SIZE: f32 = 12.0;
const SMALL: f32 = 10.0;

/// How the elements of a picture look, by class. Plain rules without variables, since not every viewer knows those;
/// a viewer that does not know `@media` shows the light ones.
pub(crate) const STYLE: &str = "
.paper{fill:#fff}
svg text{font-family:system-ui,'Noto Sans','PingFang SC','Microsoft YaHei',sans-serif;font-size:12px;fill:#1c1f23}
svg text.soft{fill:#59636e}
svg text.small{font-size:10px}
.middle{text-anchor:middle}.end{text-anchor:end}
.grid{stroke:#d9dde2;stroke-width:1;fill:none}
.frame{stroke:#8a939c;stroke-width:1;fill:none}
.aim{stroke:#59636e;stroke-width:1.5;stroke-dasharray:5 4;fill:none}
.line{stroke:#1d5fa8;stroke-width:2;fill:none}
.limit{stroke:#b3261e;stroke-width:1.5;fill:none}
.bar,.right,.dot{fill:#1d5fa8}
.wrong{fill:#b3261e}
svg text.strong{fill:#fff}
@media (prefers-color-scheme:dark){
.paper{fill:#14171a}
svg text{fill:#e6e8ea}
svg text.soft{fill:#a2abb5}
.grid{stroke:#30363c}
.frame{stroke:#69727b}
.aim{stroke:#a2abb5}
.line{stroke:#6cb2f0}
.limit{stroke:#f2b8b5}
.dot{fill:#6cb2f0}
.bar,.right{fill:#2a65a3}
.wrong{fill:#a3362e}
svg text.strong{fill:#fff}
}
";

impl Picture {
    pub(crate) fn new(width: u32, height: u32, title: &'static str) -> Self {
        Self { width, height, title, body: String::new() }
    }

    /// Adds an element on top of those before it.
    pub(crate) fn add(&mut self, element: &str) {
        self.body += element;
        self.body += "\n";
    }

    /// The picture for a page that has [`STYLE`].
    pub(crate) fn inline(&self) -> String {
        let Self { width, height, title, body } = self;
        format!(
            "<svg class=\"picture\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" role=\"img\" \
             aria-label=\"{title}\">\n{body}</svg>\n"
        )
    }

    /// The picture as a file that needs nothing else.
    pub(crate) fn file(&self) -> String {
        let Self { width, height, title, body } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
             <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n{body}</svg>\n"
        )
    }
}

/// Text that stands for itself in SVG and HTML, as content or as an attribute. What neither may hold is replaced.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            control if control.is_control() => escaped.push('\u{fffd}'),
            plain => escaped.push(plain),
        }
    }
    escaped
}

/// A share in hundredths, for people.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_end_an_element_is_escaped() {
        for (text, expected) in [
            ("<script>", "&lt;script&gt;"),
            ("a&b \"c\" 'd'", "a&amp;b &quot;c&quot; &#39;d&#39;"),
            ("退货\u{0}\n", "退货\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(escape(text), expected);
        }
    }
}
