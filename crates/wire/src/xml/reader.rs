//! The XML reader: bytes to a small tree, with a cap on everything and no entities but the predefined ones (S34).

use std::borrow::Cow;
use std::sync::Arc;

use drystone_types::limits::{XML_ATTRIBUTES_MAX, XML_DEPTH_MAX, XML_ELEMENTS_MAX};
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};

use crate::error::{ErrorCode, S3Error};

/// An element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Local name, without a namespace prefix. Shared: a list of parts has few names and many elements.
    pub name: Arc<str>,
    /// The attribute `xsi:type`, which says what a Grantee is.
    pub kind: Option<Box<str>>,
    /// The text directly inside, untrimmed, references resolved.
    pub text: String,
    /// The elements directly inside, in order.
    pub children: Vec<Node>,
}

/// Reads a document of at most `max_bytes` bytes and returns its root.
///
/// # Errors
/// MaxMessageLengthExceeded when the body is larger. MalformedXML when it is not UTF-8 or not well-formed, has a
/// DOCTYPE, an entity besides the five predefined ones, or exceeds a limit of depth, attributes or elements.
pub fn read(body: &[u8], max_bytes: usize) -> Result<Node, S3Error> {
    if body.len() > max_bytes {
        let error = S3Error::new(ErrorCode::MaxMessageLengthExceeded);
        return Err(error.field("MaxMessageLengthBytes", max_bytes.to_string()));
    }
    let text = std::str::from_utf8(body).map_err(|_| S3Error::malformed_xml())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    build(text).ok_or_else(S3Error::malformed_xml)
}

impl Node {
    /// The first child of that name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| &*child.name == name)
    }

    /// All children of that name.
    pub fn children_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| &*child.name == name)
    }

    /// The child of that name.
    ///
    /// # Errors
    /// MalformedXML when there are two.
    pub fn only(&self, name: &str) -> Result<Option<&Self>, S3Error> {
        let mut found = self.children.iter().filter(|child| &*child.name == name);
        let first = found.next();
        if found.next().is_some() { Err(S3Error::malformed_xml()) } else { Ok(first) }
    }

    /// The untrimmed text of the child of that name.
    ///
    /// # Errors
    /// MalformedXML when there are two.
    pub fn text_of(&self, name: &str) -> Result<Option<&str>, S3Error> {
        Ok(self.only(name)?.map(|child| child.text.as_str()))
    }

    /// The integer inside this element; spaces around it do not matter.
    ///
    /// # Errors
    /// MalformedXML when it is no integer of 64 bits.
    pub fn integer(&self) -> Result<i64, S3Error> {
        let text = self.text.trim();
        let digits = text.strip_prefix('-').unwrap_or(text);
        let legal = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        legal.then(|| text.parse().ok()).flatten().ok_or_else(S3Error::malformed_xml)
    }
}

/// Names that are looked up before a new one is made; so few that looking costs less than making.
const SHARED_NAMES_MAX: usize = 16;
/// Room for the text of most elements.
const TEXT_ROOM: usize = 48;

/// The tree, or nothing when a rule is broken.
fn build(text: &str) -> Option<Node> {
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().enable_all_checks(true);
    let mut tree = Tree::default();
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                let node = tree.start(&tag)?;
                tree.open.push(node);
            }
            Event::Empty(tag) => {
                let node = tree.start(&tag)?;
                tree.close(node);
            }
            Event::End(_) => {
                let node = tree.open.pop()?;
                tree.close(node);
            }
            Event::Text(text) => tree.push_text(&text.xml10_content())?,
            Event::CData(text) => tree.text()?.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => tree.text()?.push(resolve(&reference)?),
            Event::Decl(declaration) if is_utf8(&declaration) => {}
            Event::Comment(_) | Event::PI(_) => {}
            Event::Decl(_) | Event::DocType(_) => return None,
            Event::Eof => return if tree.open.is_empty() { tree.root } else { None },
        }
    }
}

/// A tree being built.
#[derive(Default)]
struct Tree {
    open: Vec<Node>,
    root: Option<Node>,
    element_count: usize,
    names: Vec<Arc<str>>,
}

impl Tree {
    fn start(&mut self, tag: &BytesStart) -> Option<Node> {
        self.element_count += 1;
        let full = self.open.len() >= XML_DEPTH_MAX || self.element_count > XML_ELEMENTS_MAX;
        if full || self.root.is_some() {
            return None;
        }
        // The count is capped before anything compares names with each other, which would be quadratic.
        let mut kind = None;
        for (index, attribute) in tag.attributes().with_checks(false).enumerate() {
            let attribute = attribute.ok().filter(|_| index < XML_ATTRIBUTES_MAX)?;
            if attribute.key.prefix().is_some() && attribute.key.local_name().as_ref() == "type" {
                kind = Some(attribute.value.into());
            }
        }
        let name = self.name(tag.local_name().as_ref());
        Some(Node { name, kind, text: String::new(), children: Vec::new() })
    }

    fn name(&mut self, name: &str) -> Arc<str> {
        if let Some(shared) = self.names.iter().find(|shared| &***shared == name) {
            return Arc::clone(shared);
        }
        let fresh: Arc<str> = name.into();
        if self.names.len() < SHARED_NAMES_MAX {
            self.names.push(Arc::clone(&fresh));
        }
        fresh
    }

    fn close(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(node),
            None => self.root = Some(node),
        }
    }

    /// The text of the innermost open element.
    fn text(&mut self) -> Option<&mut String> {
        let text = &mut self.open.last_mut()?.text;
        if text.is_empty() {
            text.reserve(TEXT_ROOM);
        }
        Some(text)
    }

    fn push_text(&mut self, text: &str) -> Option<()> {
        match self.text() {
            Some(inside) => inside.push_str(text),
            None if text.trim().is_empty() => {}
            None => return None,
        }
        Some(())
    }
}

fn resolve(reference: &BytesRef) -> Option<char> {
    if let Some(c) = reference.resolve_char_ref().ok()? {
        return Some(c);
    }
    match &**reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

fn is_utf8(declaration: &BytesDecl) -> bool {
    let utf8 = |name: Cow<str>| name.eq_ignore_ascii_case("utf-8") || name.eq_ignore_ascii_case("us-ascii");
    declaration.encoding().is_none_or(|name| name.is_ok_and(utf8))
}

#[cfg(test)]
mod tests {
    use super::{Node, read};
    use crate::xml::writer::XmlWriter;
    use drystone_types::limits::{XML_ATTRIBUTES_MAX, XML_DEPTH_MAX, XML_ELEMENTS_MAX};
    use proptest::prelude::*;
    use std::fmt::Write as _;

    fn root(xml: &str) -> Option<Node> {
        read(xml.as_bytes(), 1 << 24).ok()
    }

    #[test]
    fn b120_names_lose_their_namespace_and_texts_their_escapes() {
        let cases = [
            "<A><B>1</B><C/></A>",
            "<A xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><B>1</B><C></C></A>",
            "<s3:A xmlns:s3=\"urn:x\"><s3:B>1</s3:B><s3:C /></s3:A>",
            "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- c --><A><B>&#49;</B><!-- d --><C/></A>\n",
            "<?xml version='1.0'?><A><B><![CDATA[1]]></B><C/></A>",
        ];
        for xml in cases {
            let root = root(xml).expect(xml);
            assert_eq!(&*root.name, "A", "{xml}");
            assert_eq!(root.text_of("B"), Ok(Some("1")), "{xml}");
            assert_eq!(root.text_of("C"), Ok(Some("")), "{xml}");
            assert_eq!(root.text_of("D"), Ok(None), "{xml}");
        }
        let node =
            root("<A> &lt;&gt;&amp;&quot;&apos;&#x20;\r\n&#13;<![CDATA[<&]]> </A>").expect("well-formed");
        assert_eq!(node.text, " <>&\"' \n\r<& ");
    }

    #[test]
    fn s34_doctypes_entities_and_broken_documents_are_malformed() {
        let cases = [
            "",
            " ",
            "text",
            "<A>",
            "</A>",
            "<A></B>",
            "<A/><B/>",
            "<A/>text",
            "text<A/>",
            "<A>&unknown;</A>",
            "<A>&</A>",
            "<A>&#0;</A>",
            "<A>&#xD800;</A>",
            "<A b></A>",
            "<A b=c></A>",
            "<A b=\"1></A>",
            "<A><B></A></B>",
            "<!DOCTYPE A><A/>",
            "<!DOCTYPE A SYSTEM \"file:///etc/passwd\"><A/>",
            "<!DOCTYPE A [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><A>&x;</A>",
            "<!DOCTYPE A [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><A>&b;</A>",
            "<?xml version=\"1.0\" encoding=\"UTF-16\"?><A/>",
            "<![CDATA[x]]>",
        ];
        for xml in cases {
            let error = read(xml.as_bytes(), 1 << 20).expect_err(xml);
            assert_eq!(error.code.as_str(), "MalformedXML", "{xml}");
        }
        assert!(read(b"<A>\xff</A>", 99).is_err());
    }

    #[test]
    fn s34_size_depth_attributes_and_elements_are_capped() {
        assert_eq!(read(b"<A/>", 3).map_err(|e| e.code.as_str()), Err("MaxMessageLengthExceeded"));
        let nested = |depth| format!("{}{}", "<A>".repeat(depth), "</A>".repeat(depth));
        assert!(root(&nested(XML_DEPTH_MAX)).is_some());
        assert!(root(&nested(XML_DEPTH_MAX + 1)).is_none());
        let attributes = |count: usize| {
            let mut xml = "<A".to_owned();
            (0..count).for_each(|n| write!(xml, " a{n}='x'").expect("a String"));
            xml + "/>"
        };
        assert!(root(&attributes(XML_ATTRIBUTES_MAX)).is_some());
        assert!(root(&attributes(XML_ATTRIBUTES_MAX + 1)).is_none());
        assert!(root(&attributes(80_000)).is_none());
        let elements = |count: usize| format!("<A>{}</A>", "<B/>".repeat(count - 1));
        assert!(root(&elements(XML_ELEMENTS_MAX)).is_some());
        assert!(root(&elements(XML_ELEMENTS_MAX + 1)).is_none());
    }

    #[test]
    fn integers_are_digits_with_an_optional_sign() {
        let integer = |text: &str| {
            Node { name: "N".into(), kind: None, text: text.into(), children: Vec::new() }.integer().ok()
        };
        assert_eq!(integer(" 7\n"), Some(7));
        assert_eq!(integer("-7"), Some(-7));
        for bad in ["", "-", "+7", "7.0", "0x7", "9223372036854775808", "7 7"] {
            assert_eq!(integer(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&body, 150);
        }

        #[test]
        fn arbitrary_markup_never_panics(xml in "(<|>|/|A|&|;|#|x|!|\\[|\\]|CDATA|DOCTYPE|-|\\?|xml|'|\"|=| ){0,30}") {
            let _ = read(xml.as_bytes(), 1 << 16);
        }

        #[test]
        fn b231_what_the_writer_writes_the_reader_reads(text in "[^\\x00]*") {
            let xml = XmlWriter::document("A", |w| w.text("B", &text));
            let root = read(xml.as_bytes(), 1 << 20).expect("well-formed");
            prop_assert_eq!(root.text_of("B"), Ok(Some(text.as_str())));
        }
    }
}
