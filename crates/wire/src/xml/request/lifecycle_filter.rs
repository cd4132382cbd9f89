//! Filter and Prefix of a lifecycle rule (b170, b171).

use std::collections::HashSet;

use drystone_types::lifecycle::{Filter, FilterForm};
use drystone_types::limits::KEY_LEN_MAX;

use super::tagging::tag;
use crate::error::S3Error;
use crate::tag_rules::{Tagged, checked};
use crate::xml::reader::Node;

/// Reads the Filter or the Prefix of `rule`: exactly one of them is there.
pub(super) fn parse(rule: &Node) -> Result<Filter, S3Error> {
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
    let mut filter = Filter { form, ..Filter::default() };
    let (mut seen, mut tags) = (Vec::new(), Vec::new());
    for condition in conditions {
        let name = &*condition.name;
        if name != "Tag" && seen.contains(&name) {
            return Err(S3Error::malformed_xml());
        }
        seen.push(name);
        match name {
            "Prefix" => filter.prefix = prefix(condition)?,
            "Tag" => tags.push(tag(condition)?),
            "ObjectSizeGreaterThan" => filter.object_size_greater_than = Some(size(condition)?),
            "ObjectSizeLessThan" => filter.object_size_less_than = Some(size(condition)?),
            _ => return Err(S3Error::malformed_xml()),
        }
    }
    sizes_leave_room(&filter)?;
    let mut keys = HashSet::new();
    if !tags.iter().all(|(key, _)| keys.insert(key.as_str())) {
        return Err(S3Error::invalid_request("Duplicate Tag Keys are not allowed."));
    }
    filter.tags = checked(tags, Tagged::Object)?;
    Ok(filter)
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
            parse(&rule).map_err(|error| error.code.as_str())
        };
        let sizes = |greater, less| {
            format!(
                "<Filter><And><ObjectSizeGreaterThan>{greater}</ObjectSizeGreaterThan>\
                 <ObjectSizeLessThan>{less}</ObjectSizeLessThan></And></Filter>"
            )
        };
        assert_eq!(parsed(&sizes(1, 3)).map(|filter| filter.object_size_less_than), Ok(Some(3)));
        assert_eq!(parsed(&sizes(3, 3)), Err("InvalidRequest"));
        assert_eq!(parsed(&sizes(-1, 3)), Err("MalformedXML"));
        assert_eq!(parsed("<Filter><And><Prefix/><Prefix/></And></Filter>"), Err("MalformedXML"));
        let tag = |key: &str| format!("<Tag><Key>{key}</Key><Value>v</Value></Tag>");
        let and = |inside: &[String]| parsed(&format!("<Filter><And>{}</And></Filter>", inside.concat()));
        assert_eq!(and(&[tag("a"), tag("b")]).map(|filter| filter.tags.0.len()), Ok(2));
        assert_eq!(and(&[tag("a"), tag("a")]), Err("InvalidRequest"));
        assert_eq!(and(&[tag("")]), Err("InvalidTag"));
        assert_eq!(parsed("<Filter><Tag/></Filter>"), Err("MalformedXML"));
        assert_eq!(parsed(&format!("<Filter>{}{}</Filter>", tag("a"), tag("b"))), Err("MalformedXML"));
        let long = format!("<Prefix>{}</Prefix>", "p".repeat(1025));
        assert_eq!(parsed(&long), Err("InvalidRequest"));
    }
}
