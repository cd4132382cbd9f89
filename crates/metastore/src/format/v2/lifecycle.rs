//! Lifecycle rules, as a bucket's row keeps them. Version 1 knew neither tags nor rules on versions.

use drystone_types::lifecycle::{
    Expiration, Filter, FilterForm, LifecycleConfiguration, NoncurrentExpiration, Rule,
};
use drystone_types::{Tags, Timestamp};

use super::codec::{Malformed, Reader, Writer};

impl Writer {
    pub(super) fn lifecycle(&mut self, lifecycle: &LifecycleConfiguration) {
        self.len(lifecycle.rules.len());
        for rule in &lifecycle.rules {
            self.text(&rule.id);
            self.u8(rule.enabled.into());
            self.u8(match rule.filter.form {
                FilterForm::RulePrefix => 1,
                FilterForm::Empty => 2,
                FilterForm::One => 3,
                FilterForm::And => 4,
            });
            self.text(&rule.filter.prefix);
            self.option(rule.filter.object_size_greater_than, Self::u64);
            self.option(rule.filter.object_size_less_than, Self::u64);
            self.tags(&rule.filter.tags);
            self.option(rule.abort_incomplete_days, Self::u32);
            self.option(rule.expiration, |out, expiration| match expiration {
                Expiration::Days(days) => {
                    out.u8(1);
                    out.u32(days);
                }
                Expiration::Date(date) => {
                    out.u8(2);
                    out.u64(date.0);
                }
                Expiration::ExpiredObjectDeleteMarker(flag) => {
                    out.u8(3);
                    out.u8(flag.into());
                }
            });
            self.option(rule.noncurrent, |out, noncurrent| {
                out.u32(noncurrent.days);
                out.option(noncurrent.newer_kept, Self::u32);
            });
        }
    }
}

impl Reader<'_> {
    pub(super) fn lifecycle(&mut self) -> Result<LifecycleConfiguration, Malformed> {
        Ok(LifecycleConfiguration { rules: self.list(Self::rule)? })
    }

    fn rule(&mut self) -> Result<Rule, Malformed> {
        Ok(Rule {
            id: self.text()?.to_owned(),
            enabled: self.flag()?,
            filter: Filter {
                form: match self.u8()? {
                    1 => FilterForm::RulePrefix,
                    2 => FilterForm::Empty,
                    3 => FilterForm::One,
                    4 => FilterForm::And,
                    _ => return Err(Malformed("the filter's form is unknown")),
                },
                prefix: self.text()?.to_owned(),
                object_size_greater_than: self.option(Self::u64)?,
                object_size_less_than: self.option(Self::u64)?,
                tags: if self.is_v1() { Tags::default() } else { self.tags()? },
            },
            abort_incomplete_days: self.option(Self::u32)?,
            expiration: self.option(|from| match from.u8()? {
                1 => from.u32().map(Expiration::Days),
                2 => from.u64().map(Timestamp).map(Expiration::Date),
                3 => from.flag().map(Expiration::ExpiredObjectDeleteMarker),
                _ => Err(Malformed("the expiration is unknown")),
            })?,
            noncurrent: if self.is_v1() { None } else { self.option(Self::noncurrent)? },
        })
    }

    fn noncurrent(&mut self) -> Result<NoncurrentExpiration, Malformed> {
        Ok(NoncurrentExpiration { days: self.u32()?, newer_kept: self.option(Self::u32)? })
    }
}
