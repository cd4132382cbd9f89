//! XmlWriter: builds a document in a String; every text is escaped so that any key survives.

use std::fmt::{Display, Write as _};

/// Begins every document (b10). On its own it is also what a long Complete may send early (b123).
pub const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// The namespace of S3's documents (b10).
pub const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// Writes one document.
#[derive(Debug, Default)]
pub struct XmlWriter {
    out: String,
}

impl XmlWriter {
    /// A document whose root has S3's namespace; `content` writes what is inside. With the declaration.
    pub fn document(root: &str, content: impl FnOnce(&mut Self)) -> String {
        let mut writer = Self { out: DECLARATION.to_owned() };
        writer.root(root, content);
        writer.out
    }

    /// A document whose root holds nothing but a text.
    pub fn document_with_text(root: &str, text: &str) -> String {
        Self::document(root, |w| escape_into(&mut w.out, text))
    }

    /// As [`XmlWriter::document`], without the declaration.
    pub fn fragment(root: &str, content: impl FnOnce(&mut Self)) -> String {
        let mut writer = Self::default();
        writer.root(root, content);
        writer.out
    }

    /// A document without a namespace, as errors are. Without the declaration.
    pub fn plain_fragment(root: &str, content: impl FnOnce(&mut Self)) -> String {
        let mut writer = Self::default();
        writer.element(root, content);
        writer.out
    }

    /// A document whose root has these attributes, as [`XmlWriter::element_with`]. Without the declaration.
    pub fn fragment_with(root: &str, attributes: &str, content: impl FnOnce(&mut Self)) -> String {
        let mut writer = Self::default();
        writer.element_with(root, attributes, content);
        writer.out
    }

    /// An element; `content` writes what is inside.
    pub fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.raw(&["<", name, ">"]);
        content(self);
        self.raw(&["</", name, ">"]);
    }

    /// An element with attributes, written as they stand: ` name="value"`.
    pub fn element_with(&mut self, name: &str, attributes: &str, content: impl FnOnce(&mut Self)) {
        self.raw(&["<", name, attributes, ">"]);
        content(self);
        self.raw(&["</", name, ">"]);
    }

    /// An element with a text.
    pub fn text(&mut self, name: &str, text: &str) {
        self.raw(&["<", name, ">"]);
        escape_into(&mut self.out, text);
        self.raw(&["</", name, ">"]);
    }

    /// An element with a value whose text needs no escaping: a number or a truth value.
    pub fn value(&mut self, name: &str, value: impl Display) {
        self.raw(&["<", name, ">"]);
        write!(self.out, "{value}").expect("writing to a String cannot fail");
        self.raw(&["</", name, ">"]);
    }

    /// As [`XmlWriter::text`], when there is a text.
    pub fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    fn root(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.raw(&["<", name, " xmlns=\"", NAMESPACE, "\">"]);
        content(self);
        self.raw(&["</", name, ">"]);
    }

    fn raw(&mut self, pieces: &[&str]) {
        for piece in pieces {
            self.out.push_str(piece);
        }
    }
}

/// Appends `text` escaped. Control characters, which XML would forbid or change, become character references.
fn escape_into(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}' => {
                write!(out, "&#x{:X};", u32::from(c)).expect("writing to a String cannot fail");
            }
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::XmlWriter;

    #[test]
    fn b10_documents_have_the_declaration_and_the_namespace() {
        let xml = XmlWriter::document("A", |w| w.value("B", 1));
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                        <A xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><B>1</B></A>";
        assert_eq!(xml, expected);
    }

    #[test]
    fn b89_b231_texts_are_escaped() {
        let cases = [
            ("&\"'<>", "&amp;&quot;&apos;&lt;&gt;"),
            ("a\r\n\tb\0\x1b", "a&#xD;&#xA;&#x9;b&#x0;&#x1B;"),
            ("é\u{202e}\u{ffff}", "é\u{202e}&#xFFFF;"),
            ("]]>", "]]&gt;"),
            (" ", " "),
        ];
        for (text, escaped) in cases {
            let xml = XmlWriter::plain_fragment("K", |w| w.text("T", text));
            assert_eq!(xml, format!("<K><T>{escaped}</T></K>"));
        }
    }
}
