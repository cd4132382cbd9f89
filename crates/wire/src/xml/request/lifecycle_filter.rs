//! Filter and Prefix of a lifecycle rule (b170, b171).

use drystone_types::lifecycle::{Filter, FilterForm};
use drystone_types::limits::KEY_LEN_MAX;

use crate::error::S3Error;
use crate::xml::reader::Node;

/// A rule's filter, and whether it names tags, which [`Filter`] cannot hold.
pub(super) struct ParsedFilter {
    pub(super) filter: Filter,
    pub(super) has_tags: bool,
}

/// Reads the Filter or the Prefix of `rule`: exactly one of them is there.
pub(super) fn parse(rule: &Node) -> Result<ParsedFilter, S3Error> {
    let (form, conditions) = match (rule.only("Prefix")?, rule.only("Filter")?) {
        (Some(prefix), None) => (FilterForm::RulePrefix, std::slice::from_ref(prefix)),
        (None, Some(filter)) => match filter.children.as_slice() {
            [] => (FilterForm::Empty, &[][..]),
            [and] if &*and.name == "And" && !and.children.is_empty() => (FilterForm::And, &and.children[..]),
            [one] => (FilterForm::One, std::slice::from_ref(one)),
            _ => return Err(S3Error::malformed_xml()),
        },
        _ => return Err(S3Error::malformed_xml()),
    };
    let mut parsed = ParsedFilter { filter: Filter { form, ..Filter::default() }, has_tags: false };
    let mut seen = Vec::new();
    for condition in conditions {
        let name = &*condition.name;
        if name != "Tag" && seen.contains(&name) {
            return Err(S3Error::malformed_xml());
        }
        seen.push(name);
        match name {
            "Prefix" => parsed.filter.prefix = prefix(condition)?,
            "Tag" => parsed.has_tags = true,
            "ObjectSizeGreaterThan" => parsed.filter.object_size_greater_than = Some(size(condition)?),
            "ObjectSizeLessThan" => parsed.filter.object_size_less_than = Some(size(condition)?),
            _ => return Err(S3Error::malformed_xml()),
        }
    }
    sizes_leave_room(&parsed.filter)?;
    Ok(parsed)
}

fn prefix(node: &Node) -> Result<String, S3Error> {
    if node.text.len() > KEY_LEN_MAX {
        return Err(S3Error::invalid_request(format!("The maximum size of a prefix is {KEY_LEN_MAX}.")));
    }
    Ok(node.text.clone())
}

fn size(node: &Node) -> Result<u64, S3Error> {
    u64::try_from(node.integer()?).map_err(|_| S3Error::malformed_xml())
}

fn sizes_leave_room(filter: &Filter) -> Result<(), S3Error> {
    match (filter.object_size_greater_than, filter.object_size_less_than) {
        (Some(greater), Some(less)) if greater >= less => Err(S3Error::invalid_request(
            "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.",
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::xml::reader::read;

    #[test]
    fn b171_one_condition_of_each_kind() {
        let parsed = |inside: &str| {
            let rule = read(format!("<Rule>{inside}</Rule>").as_bytes(), 9999).expect("well-formed");
            parse(&rule).map(|parsed| (parsed.filter, parsed.has_tags)).map_err(|error| error.code.as_str())
        };
        let sizes = |greater, less| {
            format!(
                "<Filter><And><ObjectSizeGreaterThan>{greater}</ObjectSizeGreaterThan>\
                 <ObjectSizeLessThan>{less}</ObjectSizeLessThan></And></Filter>"
            )
        };
        assert_eq!(parsed(&sizes(1, 3)).map(|(filter, _)| filter.object_size_less_than), Ok(Some(3)));
        assert_eq!(parsed(&sizes(3, 3)), Err("InvalidRequest"));
        assert_eq!(parsed(&sizes(-1, 3)), Err("MalformedXML"));
        assert_eq!(parsed("<Filter><And><Prefix/><Prefix/></And></Filter>"), Err("MalformedXML"));
        assert_eq!(parsed("<Filter><And><Tag/><Tag/></And></Filter>").map(|(_, tags)| tags), Ok(true));
        let long = format!("<Prefix>{}</Prefix>", "p".repeat(1025));
        assert_eq!(parsed(&long), Err("InvalidRequest"));
    }
}
