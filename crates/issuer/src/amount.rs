//! Amounts as people write them: `0.50`, `0.50EUR`.

use farthing_core::money::{Currency, Micro};

const MICRO_DIGITS: usize = 6;

/// Reads a decimal amount with at most six fraction digits. `None` for anything else.
#[must_use]
pub fn parse(text: &str) -> Option<Micro> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > MICRO_DIGITS {
        return None;
    }
    let micro: u64 = format!("{fraction:0<MICRO_DIGITS$}").parse().ok()?;
    let whole: u64 = whole.parse().ok()?;
    Micro::new(whole.checked_mul(1_000_000)?.checked_add(micro)?)
}

/// Reads `0.50EUR` or `0.50 EUR`.
#[must_use]
pub fn parse_with_currency(text: &str) -> Option<(Micro, Currency)> {
    let (number, currency) = text.split_at_checked(text.len().checked_sub(3)?)?;
    Some((parse(number.trim_end())?, Currency::parse(currency)?))
}

/// How many digits the currency's minor unit has (ISO 4217).
const fn minor_digits(currency: Currency) -> usize {
    match currency.bytes() {
        b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF"
        | b"UGX" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
        b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
        _ => 2,
    }
}

/// Writes an amount with at least the currency's minor digits, and more where it has more: `2.00`, `0.002`, `500`.
#[must_use]
pub fn format(amount: Micro, currency: Currency) -> String {
    let (whole, micro) = (amount.get() / 1_000_000, amount.get() % 1_000_000);
    let digits = format!("{micro:0MICRO_DIGITS$}");
    let significant = digits.trim_end_matches('0').len();
    let shown = significant.max(minor_digits(currency));
    match digits.get(..shown) {
        Some(fraction) if shown > 0 => format!("{whole}.{fraction}"),
        _ => whole.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{format, parse, parse_with_currency};
    use farthing_core::money::{Currency, Micro};

    fn micro(value: u64) -> Micro {
        Micro::new(value).unwrap()
    }

    #[test]
    fn amounts_are_read_exactly_or_not_at_all() {
        assert_eq!(parse("0.50"), Some(micro(500_000)));
        assert_eq!(parse("2"), Some(micro(2_000_000)));
        assert_eq!(parse("0.000001"), Some(micro(1)));
        for wrong in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1e3",
            "0.0000001",
            "1,5",
            " 1",
            "99999999999999",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_currency_stands_at_the_end() {
        let eur = Currency::parse("EUR").unwrap();
        assert_eq!(parse_with_currency("0.50EUR"), Some((micro(500_000), eur)));
        assert_eq!(parse_with_currency("0.50 EUR"), Some((micro(500_000), eur)));
        for wrong in ["EUR", "0.50", "0.50eur", "0.50 €", ""] {
            assert_eq!(parse_with_currency(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn amounts_are_written_with_the_digits_they_need() {
        let eur = Currency::parse("EUR").unwrap();
        let krw = Currency::parse("KRW").unwrap();
        let kwd = Currency::parse("KWD").unwrap();
        assert_eq!(format(micro(2_000_000), eur), "2.00");
        assert_eq!(format(micro(2_000), eur), "0.002");
        assert_eq!(format(micro(0), eur), "0.00");
        assert_eq!(format(micro(500_000_000), krw), "500");
        assert_eq!(format(micro(1_250_000), kwd), "1.250");
    }
}
