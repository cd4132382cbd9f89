//! Model: how an operation is described: its flags and where their values go, its answer and what is made of it. The tables are data;
//! everything else works on any operation.

/// One operation of S3.
#[derive(Debug)]
pub(super) struct Operation {
    /// AWS's name: `ListParts`.
    pub(super) name: &'static str,
    /// As it is typed: `list-parts`.
    pub(super) command: &'static str,
    /// What it does.
    pub(super) about: &'static str,
    /// Method.
    pub(super) method: &'static str,
    /// What it is about.
    pub(super) on: On,
    /// The query parameter that says which operation it is.
    pub(super) query: Option<(&'static str, &'static str)>,
    /// Input besides bucket and key.
    pub(super) input: &'static [&'static [Member]],
    /// Output in headers; it comes first.
    pub(super) headers: &'static [&'static [Told]],
    /// Output in the document.
    pub(super) document: Shape,
    /// The document as a whole is one member of the output.
    pub(super) payload: Option<(&'static str, Shape)>,
    /// How its pages follow each other.
    pub(super) pages: Option<Pages>,
    /// The document that is sent needs a checksum.
    pub(super) protects_document: bool,
}

/// What an operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum On {
    /// The account.
    Nothing,
    /// A bucket.
    Bucket,
    /// An object.
    Object,
}

/// How pages follow each other.
#[derive(Debug)]
pub(super) struct Pages {
    /// Input that limits a page.
    pub(super) limit: &'static str,
    /// Input that says where a page begins.
    pub(super) input: &'static [&'static str],
    /// Output that says where the next page begins, in the order of `input`.
    pub(super) output: &'static [&'static str],
    /// Does IsTruncated say whether there is a next page?
    pub(super) is_flagged: bool,
    /// Output that grows from page to page; the first is what is counted.
    pub(super) lists: &'static [&'static str],
    /// Output that is taken from the first page.
    pub(super) others: &'static [&'static str],
}

/// A structure, in groups of members.
pub(super) type Shape = &'static [&'static [Field]];

/// What a value is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Text.
    Text,
    /// An integer.
    Number,
    /// A truth value.
    Flag,
    /// A date.
    Moment,
    /// Names and texts.
    Map,
    /// Several of a kind.
    List(&'static Kind),
    /// A structure.
    Structure(Shape),
}

/// A member of a structure in a document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    /// Name in JSON.
    pub(super) name: &'static str,
    /// Name of the element.
    pub(super) tag: &'static str,
    /// What it is.
    pub(super) kind: Kind,
    /// The element holds a list of these elements; without it a list is the element repeated.
    pub(super) wraps: Option<&'static str>,
}

/// A member of the output that comes in a header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// Name in JSON.
    pub(super) name: &'static str,
    /// The header, in lower case; the prefix of many for a map.
    pub(super) header: &'static str,
    /// What it is.
    pub(super) kind: Kind,
}

/// Where an input goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A header, or headers that begin so.
    Header(&'static str),
    /// A query parameter.
    Query(&'static str),
    /// The body: a file.
    Body,
    /// The body: a document of this root.
    Document(&'static str),
}

/// A member of the input.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    /// As it is typed, without dashes.
    pub(super) flag: &'static str,
    /// Name in JSON.
    pub(super) name: &'static str,
    /// Where it goes.
    pub(super) place: Place,
    /// What it is.
    pub(super) kind: Kind,
    /// Has it to be there?
    pub(super) is_required: bool,
    /// A key: it goes base64-encoded, and its MD5 beside it.
    pub(super) is_key: bool,
}

impl Operation {
    /// What most operations have not.
    pub(super) const PLAIN: Self = Self {
        name: "",
        command: "",
        about: "",
        method: "GET",
        on: On::Nothing,
        query: None,
        input: &[],
        headers: &[],
        document: &[],
        payload: None,
        pages: None,
        protects_document: false,
    };

    /// All members of the input besides bucket and key.
    pub(super) fn members(&self) -> impl Iterator<Item = &'static Member> + use<> {
        self.input.iter().flat_map(|group| group.iter())
    }

    /// Does it send a file?
    pub(super) fn sends_file(&self) -> bool {
        self.members().any(|member| member.place == Place::Body)
    }
}

/// All members of a structure.
pub(super) fn fields(shape: Shape) -> impl Iterator<Item = &'static Field> {
    shape.iter().flat_map(|group| group.iter())
}

const fn member(flag: &'static str, name: &'static str, place: Place, kind: Kind) -> Member {
    Member { flag, name, place, kind, is_required: false, is_key: false }
}

/// An input that goes into a header.
pub(super) const fn header(flag: &'static str, name: &'static str, header: &'static str) -> Member {
    member(flag, name, Place::Header(header), Kind::Text)
}

/// An input that goes into the query.
pub(super) const fn query(flag: &'static str, name: &'static str, parameter: &'static str) -> Member {
    member(flag, name, Place::Query(parameter), Kind::Text)
}

/// An input that goes into headers which begin with `prefix`.
pub(super) const fn map(flag: &'static str, name: &'static str, prefix: &'static str) -> Member {
    member(flag, name, Place::Header(prefix), Kind::Map)
}

/// A file that is sent.
pub(super) const fn body(flag: &'static str, name: &'static str) -> Member {
    member(flag, name, Place::Body, Kind::Text)
}

/// A document that is sent.
pub(super) const fn document(
    flag: &'static str,
    name: &'static str,
    root: &'static str,
    shape: Shape,
) -> Member {
    member(flag, name, Place::Document(root), Kind::Structure(shape))
}

impl Member {
    pub(super) const fn number(self) -> Self {
        Self { kind: Kind::Number, ..self }
    }

    pub(super) const fn flag(self) -> Self {
        Self { kind: Kind::Flag, ..self }
    }

    pub(super) const fn moment(self) -> Self {
        Self { kind: Kind::Moment, ..self }
    }

    /// Several words, which are joined by commas.
    pub(super) const fn words(self) -> Self {
        Self { kind: Kind::List(&Kind::Text), ..self }
    }

    pub(super) const fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// A key of SSE-C.
    pub(super) const fn secret(self) -> Self {
        Self { is_key: true, ..self }
    }
}

/// An output that comes in a header.
pub(super) const fn told(name: &'static str, header: &'static str) -> Told {
    Told { name, header, kind: Kind::Text }
}

/// An output that comes in all headers which begin with `prefix`.
pub(super) const fn metadata(name: &'static str, prefix: &'static str) -> Told {
    Told { name, header: prefix, kind: Kind::Map }
}

impl Told {
    pub(super) const fn number(self) -> Self {
        Self { kind: Kind::Number, ..self }
    }

    pub(super) const fn flag(self) -> Self {
        Self { kind: Kind::Flag, ..self }
    }

    pub(super) const fn moment(self) -> Self {
        Self { kind: Kind::Moment, ..self }
    }
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, tag: name, kind, wraps: None }
}

/// A text in a document.
pub(super) const fn text(name: &'static str) -> Field {
    field(name, Kind::Text)
}

/// A number in a document.
pub(super) const fn number(name: &'static str) -> Field {
    field(name, Kind::Number)
}

/// A truth value in a document.
pub(super) const fn flag(name: &'static str) -> Field {
    field(name, Kind::Flag)
}

/// A date in a document.
pub(super) const fn moment(name: &'static str) -> Field {
    field(name, Kind::Moment)
}

/// A structure in a document.
pub(super) const fn structure(name: &'static str, shape: Shape) -> Field {
    field(name, Kind::Structure(shape))
}

/// A list in a document.
pub(super) const fn list(name: &'static str, of: &'static Kind) -> Field {
    field(name, Kind::List(of))
}

impl Field {
    /// The element has another name.
    pub(super) const fn tag(self, tag: &'static str) -> Self {
        Self { tag, ..self }
    }

    /// The element holds a list of elements of this name.
    pub(super) const fn wrapped(self, item: &'static str) -> Self {
        Self { wraps: Some(item), ..self }
    }
}
