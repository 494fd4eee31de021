//! Texts of errors and names. `format!` would bring a twentieth of what a page downloads.

/// Joins texts and numbers: `text!["ids[", at, "] must be in [0, ", size, ")"]`.
macro_rules! text {
    ($($part:expr),+ $(,)?) => {{
        let mut text = String::new();
        $($crate::text::Part::append(&$part, &mut text);)+
        text
    }};
}
pub(crate) use text;

/// What a text is joined of.
pub(crate) trait Part {
    fn append(&self, text: &mut String);
}

impl Part for &str {
    fn append(&self, text: &mut String) {
        text.push_str(self);
    }
}

impl Part for String {
    fn append(&self, text: &mut String) {
        text.push_str(self);
    }
}

impl Part for u64 {
    fn append(&self, text: &mut String) {
        if *self > 9 {
            (self / 10).append(text);
        }
        text.push((b'0' + (self % 10) as u8) as char);
    }
}

impl Part for u32 {
    fn append(&self, text: &mut String) {
        u64::from(*self).append(text);
    }
}

impl Part for usize {
    fn append(&self, text: &mut String) {
        (*self as u64).append(text);
    }
}

impl Part for i32 {
    fn append(&self, text: &mut String) {
        if *self < 0 {
            text.push('-');
        }
        self.unsigned_abs().append(text);
    }
}

/// `[8, 100, 40]`
impl Part for &[usize] {
    fn append(&self, text: &mut String) {
        text.push('[');
        for (at, number) in self.iter().enumerate() {
            if at > 0 {
                text.push_str(", ");
            }
            number.append(text);
        }
        text.push(']');
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn texts_are_those_of_format() {
        for number in [0, 9, 10, 99, 100, usize::MAX] {
            let signed = number as i32;
            let sizes = &[number, 1][..];
            let text = text!["a[", number, "] ", String::from("b"), signed, sizes, number as u64];
            assert_eq!(text, format!("a[{number}] b{signed}{sizes:?}{number}"));
        }
        assert_eq!(text![i32::MIN, &[][..], 7_u32], "-2147483648[]7");
    }
}
