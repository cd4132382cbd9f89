//! Operator: how a condition compares, as its name says.

/// The parts of `ForAnyValue:StringNotLikeIfExists`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    /// What is compared.
    pub(crate) kind: Kind,
    /// Does it hold when the comparison does not?
    pub(crate) negated: bool,
    /// Does it hold when the key is absent?
    pub(crate) if_exists: bool,
    /// For keys with several values.
    pub(crate) quantifier: Quantifier,
}

/// What an operator compares, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    Numeric(Order),
    Date(Order),
    Bool,
    Binary,
    IpAddress,
    Arn,
    Null,
}

/// How two ordered values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    /// Does `value` stand so to `bound`?
    pub(crate) fn holds<T: PartialOrd + Copy>(self, value: T, bound: T) -> bool {
        match self {
            Self::Equal => value == bound,
            Self::Less => value < bound,
            Self::LessOrEqual => value <= bound,
            Self::Greater => value > bound,
            Self::GreaterOrEqual => value >= bound,
        }
    }
}

/// How the values of a key with several are taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    None,
    Any,
    All,
}

impl Operator {
    /// Reads a name, exactly.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (quantifier, rest) = match name.split_once(':') {
            None => (Quantifier::None, name),
            Some(("ForAnyValue", rest)) => (Quantifier::Any, rest),
            Some(("ForAllValues", rest)) => (Quantifier::All, rest),
            Some(_) => return None,
        };
        let (rest, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |rest| (rest, true));
        let (kind, negated) = kind(rest)?;
        if kind == Kind::Null && (if_exists || quantifier != Quantifier::None) {
            return None;
        }
        Some(Self { kind, negated, if_exists, quantifier })
    }
}

fn kind(name: &str) -> Option<(Kind, bool)> {
    Some(match name {
        "StringEquals" => (Kind::StringEquals, false),
        "StringNotEquals" => (Kind::StringEquals, true),
        "StringEqualsIgnoreCase" => (Kind::StringEqualsIgnoreCase, false),
        "StringNotEqualsIgnoreCase" => (Kind::StringEqualsIgnoreCase, true),
        "StringLike" => (Kind::StringLike, false),
        "StringNotLike" => (Kind::StringLike, true),
        "Bool" => (Kind::Bool, false),
        "BinaryEquals" => (Kind::Binary, false),
        "IpAddress" => (Kind::IpAddress, false),
        "NotIpAddress" => (Kind::IpAddress, true),
        "ArnEquals" | "ArnLike" => (Kind::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Kind::Arn, true),
        "Null" => (Kind::Null, false),
        _ => {
            let (kind, order): (fn(Order) -> Kind, _) = match name.strip_prefix("Numeric") {
                Some(order) => (Kind::Numeric, order),
                None => (Kind::Date, name.strip_prefix("Date")?),
            };
            let (order, negated) = match order {
                "Equals" => (Order::Equal, false),
                "NotEquals" => (Order::Equal, true),
                "LessThan" => (Order::Less, false),
                "LessThanEquals" => (Order::LessOrEqual, false),
                "GreaterThan" => (Order::Greater, false),
                "GreaterThanEquals" => (Order::GreaterOrEqual, false),
                _ => return None,
            };
            (kind(order), negated)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{Kind, Operator, Order, Quantifier};

    #[test]
    fn names_are_read_exactly() {
        let operator = Operator::parse("ForAnyValue:StringNotLikeIfExists").unwrap();
        assert_eq!(
            operator,
            Operator { kind: Kind::StringLike, negated: true, if_exists: true, quantifier: Quantifier::Any }
        );
        assert_eq!(Operator::parse("DateGreaterThan").unwrap().kind, Kind::Date(Order::Greater));
        for bad in [
            "",
            "stringequals",
            "NullIfExists",
            "ForAnyValue:Null",
            "ForSomeValues:StringEquals",
            "ForAnyValue:",
            "StringEqualsIfExistsIfExists",
            "NumericLike",
            "Date",
            "NotARealOperator",
        ] {
            assert_eq!(Operator::parse(bad), None, "{bad}");
        }
    }
}
