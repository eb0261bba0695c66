use std::fmt::Debug;
use std::time::Duration;

use serde_json::Value;

use crate::front::UnknownNames;

use super::span::{SPAN_FORM, parse_size, parse_span, size_text, span_text};

/// How an option is written in the configuration, and what is held of it at run time.
pub trait OptionKind: Debug + Clone + PartialEq + Sized {
    /// What the engine works with.
    type Held: Debug + Clone + PartialEq + Send + Sync;
    /// What can be written, for people.
    const FORM: &'static str;

    /// From a value of the configuration.
    ///
    /// # Errors
    /// What was expected instead.
    fn read(value: &Value) -> Result<Self, String>;
    /// As it is written in the configuration.
    fn write(&self) -> Value;
    /// What the engine works with.
    fn hold(&self) -> Self::Held;
    /// How what the engine works with is written.
    fn of(held: &Self::Held) -> Self;
    /// As a client is told: durations in seconds, sizes in bytes, no limit as `null`.
    fn tell(&self) -> Value {
        self.write()
    }
    /// What is compared with an option's range: the number, seconds, bytes, length; `None` = always within.
    fn measure(&self) -> Option<u64> {
        None
    }
    /// A bound of the range, as people write it.
    fn bound(measure: u64) -> String {
        measure.to_string()
    }
}

fn expected(form: &str, value: &Value) -> String {
    format!("expected {form}, not {value}")
}

impl OptionKind for bool {
    type Held = bool;
    const FORM: &'static str = "true or false";

    fn read(value: &Value) -> Result<Self, String> {
        value.as_bool().ok_or_else(|| expected(Self::FORM, value))
    }
    fn write(&self) -> Value {
        (*self).into()
    }
    fn hold(&self) -> bool {
        *self
    }
    fn of(held: &bool) -> Self {
        *held
    }
}

impl OptionKind for u32 {
    type Held = u32;
    const FORM: &'static str = "a number";

    fn read(value: &Value) -> Result<Self, String> {
        let number = value.as_u64().and_then(|number| Self::try_from(number).ok());
        number.ok_or_else(|| expected(Self::FORM, value))
    }
    fn write(&self) -> Value {
        (*self).into()
    }
    fn hold(&self) -> u32 {
        *self
    }
    fn of(held: &u32) -> Self {
        *held
    }
    fn measure(&self) -> Option<u64> {
        Some((*self).into())
    }
}

/// A number, or no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// At most this.
    AtMost(u32),
    /// Any number.
    Unlimited,
}

const UNLIMITED: &str = "unlimited";

impl OptionKind for Limit {
    type Held = Option<u32>;
    const FORM: &'static str = "a number, or \"unlimited\"";

    fn read(value: &Value) -> Result<Self, String> {
        if value.as_str() == Some(UNLIMITED) {
            return Ok(Self::Unlimited);
        }
        u32::read(value).map(Self::AtMost).map_err(|_| expected(Self::FORM, value))
    }
    fn write(&self) -> Value {
        match self {
            Self::AtMost(most) => (*most).into(),
            Self::Unlimited => UNLIMITED.into(),
        }
    }
    fn tell(&self) -> Value {
        self.hold().into()
    }
    fn hold(&self) -> Option<u32> {
        match self {
            Self::AtMost(most) => Some(*most),
            Self::Unlimited => None,
        }
    }
    fn of(held: &Option<u32>) -> Self {
        held.map_or(Self::Unlimited, Self::AtMost)
    }
    fn measure(&self) -> Option<u64> {
        self.hold().map(u64::from)
    }
}

/// A duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub Duration);

impl Span {
    /// So many minutes.
    pub const fn minutes(minutes: u64) -> Self {
        Self(Duration::from_secs(minutes * 60))
    }

    /// So many days.
    pub const fn days(days: u64) -> Self {
        Self(Duration::from_secs(days * 86_400))
    }
}

impl OptionKind for Span {
    type Held = Duration;
    const FORM: &'static str = SPAN_FORM;

    fn read(value: &Value) -> Result<Self, String> {
        let span = match value {
            Value::String(text) => parse_span(text),
            Value::Number(seconds) => seconds.as_u64().map(Duration::from_secs),
            _ => None,
        };
        span.map(Self).ok_or_else(|| expected(Self::FORM, value))
    }
    fn write(&self) -> Value {
        span_text(self.0).into()
    }
    fn tell(&self) -> Value {
        self.0.as_secs().into()
    }
    fn hold(&self) -> Duration {
        self.0
    }
    fn of(held: &Duration) -> Self {
        Self(*held)
    }
    fn measure(&self) -> Option<u64> {
        Some(self.0.as_secs())
    }
    fn bound(seconds: u64) -> String {
        span_text(Duration::from_secs(seconds))
    }
}

/// A duration, or for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// So long.
    For(Span),
    /// Without an end; as `never`, for what never happens.
    Unlimited,
}

impl OptionKind for Period {
    type Held = Option<Duration>;
    const FORM: &'static str = "a duration such as \"12h\" or \"30d\", or \"unlimited\" (or \"never\")";

    fn read(value: &Value) -> Result<Self, String> {
        if matches!(value.as_str(), Some("unlimited" | "never")) {
            return Ok(Self::Unlimited);
        }
        Span::read(value).map(Self::For).map_err(|_| expected(Self::FORM, value))
    }
    fn write(&self) -> Value {
        match self {
            Self::For(span) => span.write(),
            Self::Unlimited => UNLIMITED.into(),
        }
    }
    fn tell(&self) -> Value {
        self.hold().map(|span| span.as_secs()).into()
    }
    fn hold(&self) -> Option<Duration> {
        match self {
            Self::For(span) => Some(span.0),
            Self::Unlimited => None,
        }
    }
    fn of(held: &Option<Duration>) -> Self {
        held.map_or(Self::Unlimited, |span| Self::For(Span(span)))
    }
    fn measure(&self) -> Option<u64> {
        self.hold().map(|span| span.as_secs())
    }
    fn bound(seconds: u64) -> String {
        Span::bound(seconds)
    }
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub u64);

impl Size {
    /// So many megabytes.
    pub const fn megabytes(megabytes: u64) -> Self {
        Self(megabytes << 20)
    }
}

impl OptionKind for Size {
    type Held = u64;
    const FORM: &'static str = "a size such as \"512KB\", \"20MB\" or \"1GB\", or a number of bytes";

    fn read(value: &Value) -> Result<Self, String> {
        let size = match value {
            Value::String(text) => parse_size(text),
            Value::Number(bytes) => bytes.as_u64(),
            _ => None,
        };
        size.map(Self).ok_or_else(|| expected(Self::FORM, value))
    }
    fn write(&self) -> Value {
        size_text(self.0).into()
    }
    fn tell(&self) -> Value {
        self.0.into()
    }
    fn hold(&self) -> u64 {
        self.0
    }
    fn of(held: &u64) -> Self {
        Self(*held)
    }
    fn measure(&self) -> Option<u64> {
        Some(self.0)
    }
    fn bound(bytes: u64) -> String {
        size_text(bytes)
    }
}

/// A text; an empty one is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text(pub String);

fn some_text(text: &str) -> Option<String> {
    Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

impl OptionKind for Text {
    type Held = Option<String>;
    const FORM: &'static str = "a text";

    fn read(value: &Value) -> Result<Self, String> {
        let text = value.as_str().ok_or_else(|| expected(Self::FORM, value))?;
        if text.chars().any(|c| c.is_control() && c != '\n') {
            return Err("control characters can't stand in it".into());
        }
        Ok(Self(text.to_owned()))
    }
    fn write(&self) -> Value {
        self.0.clone().into()
    }
    fn hold(&self) -> Option<String> {
        some_text(&self.0)
    }
    fn of(held: &Option<String>) -> Self {
        Self(held.clone().unwrap_or_default())
    }
    fn measure(&self) -> Option<u64> {
        Some(self.0.chars().count() as u64)
    }
    fn bound(characters: u64) -> String {
        format!("{characters} characters")
    }
}

/// The path of a file, relative to the configuration file; an empty one is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilePath(pub String);

impl OptionKind for FilePath {
    type Held = Option<String>;
    const FORM: &'static str = "the path of a file";

    fn read(value: &Value) -> Result<Self, String> {
        value.as_str().map(|path| Self(path.to_owned())).ok_or_else(|| expected(Self::FORM, value))
    }
    fn write(&self) -> Value {
        self.0.clone().into()
    }
    fn hold(&self) -> Option<String> {
        some_text(&self.0)
    }
    fn of(held: &Option<String>) -> Self {
        Self(held.clone().unwrap_or_default())
    }
}

/// The address of a page; an empty one is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WebAddress(pub String);

impl OptionKind for WebAddress {
    type Held = Option<String>;
    const FORM: &'static str = "an address such as \"https://chat.example.org/im/\"";

    fn read(value: &Value) -> Result<Self, String> {
        let text = value.as_str().ok_or_else(|| expected(Self::FORM, value))?;
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let has_host =
            rest.is_some_and(|rest| rest.split(['/', '?', '#']).next().is_some_and(|h| !h.is_empty()));
        // It is a link on a page: nothing may hide in it.
        let plain = text.bytes().all(|b| b.is_ascii_graphic() && !b"\"'<>\\^`{|}".contains(&b));
        if text.is_empty() || (has_host && plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(expected(Self::FORM, value))
        }
    }
    fn write(&self) -> Value {
        self.0.clone().into()
    }
    fn hold(&self) -> Option<String> {
        some_text(&self.0)
    }
    fn of(held: &Option<String>) -> Self {
        Self(held.clone().unwrap_or_default())
    }
}

/// A list of texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts(pub Vec<String>);

impl OptionKind for Texts {
    type Held = Vec<String>;
    const FORM: &'static str = "a list of texts";

    fn read(value: &Value) -> Result<Self, String> {
        let entries = value.as_array().ok_or_else(|| expected(Self::FORM, value))?;
        let texts = entries.iter().map(|entry| match entry.as_str().map(str::trim) {
            Some(text) if !text.is_empty() && text.chars().count() <= 255 => Ok(text.to_owned()),
            _ => Err(format!("expected a list of texts of 1 to 255 characters, and {entry} is none")),
        });
        texts.collect::<Result<_, _>>().map(Self)
    }
    fn write(&self) -> Value {
        self.0.clone().into()
    }
    fn hold(&self) -> Vec<String> {
        self.0.clone()
    }
    fn of(held: &Vec<String>) -> Self {
        Self(held.clone())
    }
    fn measure(&self) -> Option<u64> {
        Some(self.0.len() as u64)
    }
    fn bound(entries: u64) -> String {
        format!("{entries} entries")
    }
}

/// Makes an option kind of an enum with one word per variant.
macro_rules! words {
    ($name:ident, $form:literal, $($variant:ident = $word:literal),+) => {
        impl OptionKind for $name {
            type Held = Self;
            const FORM: &'static str = $form;

            fn read(value: &Value) -> Result<Self, String> {
                match value.as_str() {
                    $(Some($word) => Ok(Self::$variant),)+
                    _ => Err(expected(Self::FORM, value)),
                }
            }
            fn write(&self) -> Value {
                match self { $(Self::$variant => $word.into(),)+ }
            }
            fn hold(&self) -> Self {
                *self
            }
            fn of(held: &Self) -> Self {
                *held
            }
        }
    };
}

/// Whether people rate their contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ContactRating {
    /// No.
    #[default]
    Off,
    /// For themselves.
    Private,
    /// And everybody sees the average.
    Public,
}

words!(
    ContactRating,
    "\"off\", \"private\" or \"public\"",
    Off = "off",
    Private = "private",
    Public = "public"
);

/// What happens to a message with a word of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WordFilterAction {
    /// The word is masked.
    #[default]
    Mask,
    /// The message is refused.
    Refuse,
}

words!(WordFilterAction, "\"mask\" or \"refuse\"", Mask = "mask", Refuse = "refuse");

words!(
    UnknownNames,
    "\"closed\", \"form\", \"form-approval\", \"first-login\" or \"first-login-approval\"",
    Closed = "closed",
    Form = "form",
    FormApproval = "form-approval",
    FirstLogin = "first-login",
    FirstLoginApproval = "first-login-approval"
);
