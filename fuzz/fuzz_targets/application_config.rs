//! An application's own configuration file: no bytes may make a reader panic or run without end, and no error may repeat
//! them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portico_auth_sql::find::Values;
use portico_auth_sql::recipe::ConfigFormat;

const FORMATS: [ConfigFormat; 8] = [
    ConfigFormat::Php,
    ConfigFormat::Ini,
    ConfigFormat::Env,
    ConfigFormat::Json,
    ConfigFormat::Yaml,
    ConfigFormat::Xml,
    ConfigFormat::Toml,
    ConfigFormat::Properties,
];

fuzz_target!(|input: (&[u8], &str)| {
    let (text, key) = input;
    for format in FORMATS {
        let error = match Values::parse("file", text, format) {
            Ok(values) => values.get(key).err(),
            Err(error) => Some(error),
        };
        let shown = std::str::from_utf8(text).unwrap_or_default();
        // A short text may be a word of the sentence, or the key.
        if let Some(error) = error
            && shown.len() > 40
        {
            assert!(!error.to_string().contains(shown));
        }
    }
});
