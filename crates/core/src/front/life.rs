//! What a front lets become of accounts.

use std::time::Duration;

use crate::account::LifeRules;
use crate::front::{Front, FrontOptions, OwnRoles};
use crate::session::Standing;

impl Front {
    /// The rules that hold for somebody here.
    pub fn life_rules_for(&self, standing: &Standing, own: &OwnRoles) -> LifeRules {
        rules_of(&self.options_for(standing, own))
    }

    /// The mildest rules that hold for anybody here, whatever their roles.
    pub fn mildest_life_rules(&self) -> LifeRules {
        let longer = |one: Option<Duration>, two: Option<Duration>| Some(one?.max(two?));
        let mut rules = rules_of(&self.options);
        let granted = self.roles.iter().map(|grant| &grant.role);
        for role in granted.chain(self.role_book.values()).chain(&self.default_role) {
            if let Some(lock_after) = &role.options.lock_after_inactivity {
                rules.lock_after = longer(rules.lock_after, crate::front::OptionKind::hold(lock_after));
            }
        }
        rules
    }
}

fn rules_of(options: &FrontOptions) -> LifeRules {
    LifeRules { lock_after: options.lock_after_inactivity, delete_after: options.delete_after_inactivity }
}
