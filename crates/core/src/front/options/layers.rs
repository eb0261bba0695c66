//! Where the value of an option comes from.

use serde::Serialize;
use serde_json::Value;

use super::{FrontOptions, OPTIONS, OptionOverrides};

/// What a front's options are made of, the weaker part first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OptionLayers {
    /// What the central server says that the front extends.
    pub central: OptionOverrides,
    /// Where that is.
    pub central_url: Option<String>,
    /// What the front's own section says.
    pub local: OptionOverrides,
}

impl OptionLayers {
    /// The options that they make together.
    pub fn options(&self) -> FrontOptions {
        FrontOptions::default().with(&self.central).with(&self.local)
    }
}

/// A place where an option is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "layer", rename_all = "kebab-case")]
pub enum Layer {
    /// A role of the person.
    Role {
        /// Which.
        role: String,
        /// How the person came by it.
        through: Through,
    },
    /// The front's own section.
    Front,
    /// The central server that the front extends.
    Central {
        /// Where.
        url: String,
    },
    /// Nowhere.
    Default,
}

/// How somebody came by a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Through {
    /// An administrator gave it to the account.
    Administrator,
    /// The configuration gives it to this login.
    Login {
        /// The login.
        login: String,
    },
    /// The configuration gives it to the members of this group.
    Group {
        /// The group's name.
        group: String,
    },
    /// The configuration gives it to everybody without another.
    DefaultRole,
}

/// Why an option has the value it has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The option.
    pub option: &'static str,
    /// What holds.
    pub value: Value,
    /// Every place that says something about it, the strongest first; the first one decides. The default is always last.
    pub said: Vec<(Layer, Value)>,
}

/// The explanations of all options, or of the one with this name.
pub(in crate::front) fn explain(
    layers: &OptionLayers,
    roles: &[(Layer, OptionOverrides)],
    name: Option<&str>,
) -> Vec<Explanation> {
    let wanted = OPTIONS.iter().filter(|option| name.is_none_or(|name| name == option.name));
    let explain = |option: &super::OptionInfo| {
        let mut said: Vec<(Layer, Value)> = roles
            .iter()
            .filter_map(|(layer, overrides)| Some((layer.clone(), overrides.get(option.name)?)))
            .collect();
        said.extend(layers.local.get(option.name).map(|value| (Layer::Front, value)));
        let url = layers.central_url.clone().unwrap_or_default();
        said.extend(layers.central.get(option.name).map(|value| (Layer::Central { url }, value)));
        said.push((Layer::Default, (option.default)()));
        let value = said.first().map(|(_, value)| value.clone()).unwrap_or_default();
        Explanation { option: option.name, value, said }
    };
    wanted.map(explain).collect()
}
