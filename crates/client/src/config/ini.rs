//! Ini: the form of the shared configuration files, read as the AWS CLI and the SDKs read it.

use std::collections::BTreeMap;

/// Sections by their names; a section that is there twice has the properties of both, the later ones win.
pub(super) type Sections = BTreeMap<String, Properties>;
/// What a section says, by lower-case names.
pub(crate) type Properties = BTreeMap<String, Value>;

/// The value of a property.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Value {
    /// What stands after `=`; lines that continue it follow, each after a line feed.
    pub(crate) text: String,
    /// The indented `name = value` lines below a property that has nothing after `=`.
    pub(crate) nested: BTreeMap<String, String>,
}

/// What is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    /// Line, from 1.
    pub(super) line: usize,
    /// What is wrong with it.
    pub(super) why: &'static str,
}

/// Properties that may have what looks like a comment in their values: a command, and what somebody chose.
const VERBATIM: [&str; 2] = ["credential_process", "aws_secret_access_key"];

/// Reads a file.
///
/// Lines that start with `#` or `;` and what follows such a sign after a space are comments. A line that is indented deeper than the
/// property above it continues that property. Names of properties have no case.
///
/// # Errors
/// [`Malformed`] for the first line that is none of these.
pub(super) fn parse(text: &str) -> Result<Sections, Malformed> {
    let mut file = File::default();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        file.line(line).map_err(|why| Malformed { line: index + 1, why })?;
    }
    Ok(file.sections)
}

/// A file being read.
#[derive(Default)]
struct File {
    sections: Sections,
    section: Option<String>,
    property: Option<String>,
    /// How far the property is indented.
    indent: usize,
}

impl File {
    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            return Ok(());
        }
        let indent = line.len() - line.trim_start().len();
        if self.property.is_some() && indent > self.indent {
            return self.continuation(content);
        }
        if let Some(rest) = content.strip_prefix('[') {
            let (name, _) = rest.split_once(']').ok_or("a section's name ends with ]")?;
            let name = name.trim().to_owned();
            self.sections.entry(name.clone()).or_default();
            (self.section, self.property) = (Some(name), None);
            return Ok(());
        }
        let (name, value) = content.split_once(['=', ':']).ok_or("neither a section nor a name = value")?;
        let name = name.trim().to_ascii_lowercase();
        if name.is_empty() {
            return Err("there is no name before =");
        }
        let section = self.section.as_ref().ok_or("it stands before the first [section]")?;
        let is_verbatim = VERBATIM.contains(&name.as_str());
        let text = if is_verbatim { value.trim() } else { without_comment(value) };
        let value = Value { text: text.to_owned(), nested: BTreeMap::new() };
        self.sections.get_mut(section).expect("it was made at its name").insert(name.clone(), value);
        (self.property, self.indent) = (Some(name), indent);
        Ok(())
    }

    fn continuation(&mut self, content: &str) -> Result<(), &'static str> {
        let section = self.section.as_ref().and_then(|name| self.sections.get_mut(name));
        let property = self.property.as_ref().zip(section).and_then(|(name, section)| section.get_mut(name));
        let property = property.expect("there is a property above");
        if property.text.is_empty() {
            let (name, value) =
                content.split_once('=').ok_or("it is below a name without a value, and no name = value")?;
            let value = without_comment(value).to_owned();
            property.nested.insert(name.trim().to_ascii_lowercase(), value);
        } else {
            property.text.push('\n');
            property.text.push_str(content);
        }
        Ok(())
    }
}

/// What stands before a space and a `#` or `;`. A value may begin with such a sign.
fn without_comment(value: &str) -> &str {
    let value = value.trim();
    let signs = value.match_indices(['#', ';']).map(|(at, _)| at);
    let mut comments = signs.filter(|at| value[..*at].ends_with([' ', '\t']));
    comments.next().map_or(value, |at| value[..at].trim())
}

#[cfg(test)]
mod tests {
    use super::{Malformed, parse};

    /// `section|name|value`, nested ones as `section|name.nested|value`.
    fn flat(text: &str) -> Vec<String> {
        let mut lines = Vec::new();
        for (section, properties) in parse(text).unwrap() {
            for (name, value) in properties {
                if value.nested.is_empty() {
                    lines.push(format!("{section}|{name}|{}", value.text));
                }
                lines.extend(
                    value.nested.iter().map(|(nested, value)| format!("{section}|{name}.{nested}|{value}")),
                );
            }
        }
        lines
    }

    #[test]
    fn files_are_read_as_the_aws_tools_read_them() {
        let cases: [(&str, &[&str]); 14] = [
            ("", &[]),
            ("[default]\nregion = eu-west-1\n", &["default|region|eu-west-1"]),
            ("\u{feff}[default]\r\nregion=eu-west-1\r\n", &["default|region|eu-west-1"]),
            ("# a\n; b\n\n[ profile x ] # c\nRegion: r\n", &["profile x|region|r"]),
            ("[d]\nkey = a=b:c\n", &["d|key|a=b:c"]),
            ("[d]\na = v # said\nb = v#w;x\nc = #none\n", &["d|a|v", "d|b|v#w;x", "d|c|#none"]),
            ("[d]\ncredential_process = run ; # all\n", &["d|credential_process|run ; # all"]),
            (
                "[d]\ns3 =\n  addressing_style = path\n\n  # c\n  x=y = z\nregion = r\n",
                &["d|region|r", "d|s3.addressing_style|path", "d|s3.x|y = z"],
            ),
            ("[d]\na = one\n  two\n", &["d|a|one\ntwo"]),
            // Indented throughout: each line is a property of its own.
            ("[d]\n  a = 1\n  b = 2\n", &["d|a|1", "d|b|2"]),
            ("[d]\n  s3 =\n    a = 1\n  b = 2\n", &["d|b|2", "d|s3.a|1"]),
            ("[d]\na = 1\n[e]\nc = 3\n[d]\na = 2\n", &["d|a|2", "e|c|3"]),
            ("[d]\na =\nb = 2\n", &["d|a|", "d|b|2"]),
            ("[d]\n\ta = 1\n\t[e]\n\tb = 2", &["d|a|1", "e|b|2"]),
        ];
        for (text, lines) in cases {
            assert_eq!(flat(text), lines, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_line() {
        let cases = [
            ("region = r\n", 1),
            ("[d\n", 1),
            ("[d]\nnonsense\n", 2),
            ("[d]\n= v\n", 2),
            ("[d]\n\ns3 =\n  path\n", 4),
        ];
        for (text, line) in cases {
            assert_eq!(parse(text).map_err(|Malformed { line, .. }| line), Err(line), "{text}");
        }
    }
}
