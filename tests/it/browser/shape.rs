use serde_json::{Value, json};

/// What kind of device a browser plays.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    width: u32,
    height: u32,
    touch: bool,
    dark: bool,
}

impl Shape {
    /// A desk: 1280 × 800, mouse and keyboard.
    pub(crate) const DESK: Self = Self { width: 1280, height: 800, touch: false, dark: false };
    /// A small phone: 360 × 740, fingers.
    pub(crate) const PHONE: Self = Self { width: 360, height: 740, touch: true, dark: false };

    /// The same in the dark.
    pub(crate) const fn dark(self) -> Self {
        Self { dark: true, ..self }
    }

    /// Chromium's switches and emulation, without a profile: chromedriver makes a fresh one for each session.
    pub(crate) fn capabilities(self) -> serde_json::Map<String, Value> {
        let mut switches = vec![
            // The test may run as root, and needs no graphics.
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--hide-scrollbars".to_owned(),
            // Nobody else is to be spoken to.
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--no-proxy-server".to_owned(),
            format!("--window-size={},{}", self.width.max(500), self.height + 140),
        ];
        if self.dark {
            switches.push("--blink-settings=preferredColorScheme=0".to_owned());
        }
        let mut options = json!({
            "args": switches,
            "mobileEmulation": { "deviceMetrics": {
                "width": self.width, "height": self.height, "pixelRatio": 1, "touch": self.touch, "mobile": self.touch,
            }},
        });
        if let Some(browser) = std::env::var_os("PORTICO_TEST_BROWSER") {
            options["binary"] = json!(browser.to_str().expect("a path in UTF-8"));
        }
        let capabilities = json!({
            "browserName": "chrome",
            "unhandledPromptBehavior": "accept",
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": options,
        });
        capabilities.as_object().expect("an object").clone()
    }
}
