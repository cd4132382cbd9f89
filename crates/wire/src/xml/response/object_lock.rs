//! ObjectLockConfiguration, Retention, LegalHold, as their Get actions return them.

use drystone_types::lock::RetentionPeriod;
use drystone_types::{ObjectLockConfiguration, Retention};

use crate::xml::writer::XmlWriter;

/// The document of GetObjectLockConfiguration.
pub fn configuration(configuration: &ObjectLockConfiguration) -> String {
    XmlWriter::document("ObjectLockConfiguration", |w| {
        w.text("ObjectLockEnabled", "Enabled");
        let Some(default) = configuration.default else { return };
        w.element("Rule", |w| {
            w.element("DefaultRetention", |w| {
                w.text("Mode", default.mode.name());
                match default.period {
                    RetentionPeriod::Days(days) => w.value("Days", days),
                    RetentionPeriod::Years(years) => w.value("Years", years),
                }
            });
        });
    })
}

/// The document of GetObjectRetention.
pub fn retention(retention: &Retention) -> String {
    XmlWriter::document("Retention", |w| {
        w.text("Mode", retention.mode.name());
        w.text("RetainUntilDate", &retention.until.iso8601_millis());
    })
}

/// The document of GetObjectLegalHold.
pub fn legal_hold(is_on: bool) -> String {
    XmlWriter::document("LegalHold", |w| w.text("Status", if is_on { "ON" } else { "OFF" }))
}
