//! Price: what bytes cost in a month. Pure.

/// Bytes of the GB that stores put on their bills.
const GB: u64 = 1 << 30;
/// The highest price that is believed, in USD for a GB and a month.
const PRICE_MAX_USD: f64 = 1e6;

/// USD for a GB and a month.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Price(f64);

/// AWS's standard class in its cheapest regions.
const PRICE_AWS_USD: f64 = 0.023;

impl Default for Price {
    fn default() -> Self {
        Self(PRICE_AWS_USD)
    }
}

impl Price {
    /// Reads a number.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let price: Option<f64> = text.parse().ok();
        let price = price.filter(|price| (0.0..=PRICE_MAX_USD).contains(price));
        price.map(Self).ok_or_else(|| format!("{text:?} is no price in USD, as 0.023 is"))
    }

    /// USD for a month of these bytes.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub(super) fn of(self, bytes: u64) -> f64 {
        bytes as f64 / GB as f64 * self.0
    }

    /// USD for a GB and a month.
    pub(super) fn usd(self) -> f64 {
        self.0
    }
}

/// `$0.03`, `<$0.01`, `$1234.50`.
pub(super) fn usd_text(usd: f64) -> String {
    if usd > 0.0 && usd < 0.01 { "<$0.01".to_owned() } else { format!("${usd:.2}") }
}

#[cfg(test)]
mod tests {
    use super::{Price, usd_text};

    #[test]
    fn a_price_is_a_number_that_can_be_paid() {
        for bad in ["", "x", "-1", "NaN", "inf", "1e9", "0,023"] {
            assert!(Price::parse(bad).is_err(), "{bad}");
        }
        let price = Price::parse("0.023").unwrap();
        let cases =
            [(0, "$0.00"), (1, "<$0.01"), (1 << 30, "$0.02"), (100 << 30, "$2.30"), (50 << 40, "$1177.60")];
        for (bytes, text) in cases {
            assert_eq!(usd_text(price.of(bytes)), text, "{bytes}");
        }
    }
}
