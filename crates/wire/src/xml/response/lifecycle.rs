//! LifecycleConfiguration, as GetBucketLifecycleConfiguration returns it (b167).

use drystone_types::lifecycle::{Expiration, Filter, FilterForm, LifecycleConfiguration, Rule};

use crate::xml::writer::XmlWriter;

/// The document; every filter keeps the form in which it was put.
pub fn lifecycle_configuration(configuration: &LifecycleConfiguration) -> String {
    XmlWriter::document("LifecycleConfiguration", |w| {
        for rule in &configuration.rules {
            w.element("Rule", |w| write_rule(w, rule));
        }
    })
}

fn write_rule(w: &mut XmlWriter, rule: &Rule) {
    w.text("ID", &rule.id);
    let filter = &rule.filter;
    match filter.form {
        FilterForm::RulePrefix => w.text("Prefix", &filter.prefix),
        FilterForm::Empty => w.element("Filter", |_| {}),
        FilterForm::One => w.element("Filter", |w| write_one(w, filter)),
        FilterForm::And => w.element("Filter", |w| w.element("And", |w| write_and(w, filter))),
    }
    w.text("Status", if rule.enabled { "Enabled" } else { "Disabled" });
    if let Some(expiration) = rule.expiration {
        w.element("Expiration", |w| match expiration {
            Expiration::Days(days) => w.value("Days", days),
            Expiration::Date(date) => w.text("Date", &date.iso8601()),
            Expiration::ExpiredObjectDeleteMarker(flag) => w.value("ExpiredObjectDeleteMarker", flag),
        });
    }
    if let Some(noncurrent) = rule.noncurrent {
        w.element("NoncurrentVersionExpiration", |w| {
            w.value("NoncurrentDays", noncurrent.days);
            if let Some(count) = noncurrent.newer_kept {
                w.value("NewerNoncurrentVersions", count);
            }
        });
    }
    if let Some(days) = rule.abort_incomplete_days {
        w.element("AbortIncompleteMultipartUpload", |w| w.value("DaysAfterInitiation", days));
    }
}

fn write_one(w: &mut XmlWriter, filter: &Filter) {
    match (filter.object_size_greater_than, filter.object_size_less_than) {
        (Some(size), _) => w.value("ObjectSizeGreaterThan", size),
        (None, Some(size)) => w.value("ObjectSizeLessThan", size),
        (None, None) if filter.tags.is_empty() => w.text("Prefix", &filter.prefix),
        (None, None) => write_tags(w, filter),
    }
}

fn write_tags(w: &mut XmlWriter, filter: &Filter) {
    for (key, value) in &filter.tags.0 {
        w.element("Tag", |w| {
            w.text("Key", key);
            w.text("Value", value);
        });
    }
}

fn write_and(w: &mut XmlWriter, filter: &Filter) {
    if !filter.prefix.is_empty() {
        w.text("Prefix", &filter.prefix);
    }
    write_tags(w, filter);
    if let Some(size) = filter.object_size_greater_than {
        w.value("ObjectSizeGreaterThan", size);
    }
    if let Some(size) = filter.object_size_less_than {
        w.value("ObjectSizeLessThan", size);
    }
}
