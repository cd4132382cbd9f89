//! Values of conditions that are not texts: numbers, moments, booleans, addresses, bytes.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A decimal number.
pub(crate) fn number(text: &str) -> Option<f64> {
    let decimal = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E');
    text.bytes().all(decimal).then(|| text.parse().ok()).flatten().filter(|number: &f64| number.is_finite())
}

/// A moment in milliseconds since 1970: ISO 8601 with a zone, a day, or whole seconds since 1970.
pub(crate) fn moment(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<i64>() {
        return seconds.checked_mul(1000);
    }
    let whole = match text.len() {
        10 => format!("{text}T00:00:00Z"),
        17 => format!("{}:00Z", text.strip_suffix('Z')?), // 2026-11-22T10:30Z
        _ => text.to_owned(),
    };
    let moment = OffsetDateTime::parse(&whole, &Rfc3339).ok()?;
    i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).ok()
}

/// `true` or `false`.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Base64.
pub(crate) fn bytes(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// An address; one of version 4 in the form of version 6 is one of version 4.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// A range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cidr {
    address: IpAddr,
    prefix_len: u8,
}

impl Cidr {
    /// Reads `203.0.113.0/24` or an address alone.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix_len) = match text.split_once('/') {
            Some((address, len)) => {
                let digits = !len.is_empty() && len.bytes().all(|b| b.is_ascii_digit());
                (address, Some(digits.then(|| len.parse::<u8>().ok()).flatten()?))
            }
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix_len = prefix_len.unwrap_or(bits);
        (prefix_len <= bits).then_some(Self { address, prefix_len })
    }

    /// Is `address` in it?
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(net), IpAddr::V4(address)) => {
                let differing = u32::from(net) ^ u32::from(address);
                differing.checked_shr(32 - u32::from(self.prefix_len)).unwrap_or(0) == 0
            }
            (IpAddr::V6(net), IpAddr::V6(address)) => {
                let differing = u128::from(net) ^ u128::from(address);
                differing.checked_shr(128 - u32::from(self.prefix_len)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }

    /// Bits of the network.
    pub(crate) fn prefix_len(self) -> u8 {
        self.prefix_len
    }

    /// Version 4?
    pub(crate) fn is_ipv4(self) -> bool {
        self.address.is_ipv4()
    }
}

#[cfg(test)]
mod tests {
    use super::{Cidr, address, boolean, moment, number};

    #[test]
    fn numbers_moments_and_booleans() {
        assert_eq!((number("10"), number("-1.5"), number("1e3")), (Some(10.0), Some(-1.5), Some(1000.0)));
        for bad in ["", "nan", "inf", "0x10", "1 ", "1e999", "-"] {
            assert_eq!(number(bad), None, "{bad}");
        }
        let expected = Some(1_795_343_400_000);
        for text in ["2026-11-22T10:30:00Z", "2026-11-22T11:30:00+01:00", "1795343400", "2026-11-22T10:30Z"] {
            assert_eq!(moment(text), expected, "{text}");
        }
        assert_eq!(moment("2026-11-22"), Some(1_795_305_600_000));
        for bad in ["", "today", "2026-13-01", "2026-11-22T10:30:00", "ääääääääää"] {
            assert_eq!(moment(bad), None, "{bad}");
        }
        assert_eq!((boolean("True"), boolean("false"), boolean("1")), (Some(true), Some(false), None));
    }

    #[test]
    fn ranges_contain_their_addresses() {
        for (range, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("10.1.2.3/8", "10.255.0.1", "9.0.0.1"),
            ("203.0.113.7", "203.0.113.7", "203.0.113.8"),
            ("0.0.0.0/0", "1.2.3.4", "::1"),
            ("2001:db8::/32", "2001:db8:1::5", "2001:db9::"),
            ("::/0", "2001:db8::", "1.2.3.4"),
            ("10.0.0.0/8", "::ffff:10.0.0.1", "::10.0.0.1"),
        ] {
            let range = Cidr::parse(range).unwrap();
            assert!(range.contains(address(inside).unwrap()), "{inside}");
            assert!(!range.contains(address(outside).unwrap()), "{outside}");
        }
        for bad in
            ["", "10.0.0.0/33", "300.1.1.1/40", "10.0.0/8", "not-an-ip", "1.2.3.4/", "1.2.3.4/+8", "::/129"]
        {
            assert_eq!(Cidr::parse(bad), None, "{bad}");
        }
    }
}
