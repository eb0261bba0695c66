//! Which facts of a row a scheme mixes into its hashes.

use crate::Scheme;
use crate::formula::{Formula, Var};

/// The fields of [`Subject`](crate::Subject) without which a scheme matches nothing: so that a recipe that names the
/// scheme and forgets the column is told at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fields {
    /// The login name: `u`.
    pub login: bool,
    /// The salt column: `salt`, where none stands in the stored value itself.
    pub salt: bool,
    /// The site's secret: `K`.
    pub site_key: bool,
    /// The row's number: `id`.
    pub id: bool,
    /// The e-mail address: `email`.
    pub email: bool,
    /// The number of rounds: `rounds`.
    pub rounds: bool,
}

impl Scheme {
    /// What this scheme needs of a row beside the stored value.
    pub fn fields(&self) -> Fields {
        match self {
            Self::Formula(formula) => of_formula(formula),
            Self::Impresscms | Self::MysqlEncode => Fields { site_key: true, ..Fields::default() },
            _ => Fields::default(),
        }
    }
}

fn of_formula(formula: &Formula) -> Fields {
    let layout = formula.layout();
    let mut fields = Fields { salt: layout.depends_on_the_salt_column(), ..Fields::default() };
    for expr in layout.expressions() {
        expr.visit(&mut |var| match var {
            Var::Password => {}
            Var::Login => fields.login = true,
            Var::Salt(_) => fields.salt |= !layout.has_salt(),
            Var::SiteKey => fields.site_key = true,
            Var::Id => fields.id = true,
            Var::Email => fields.email = true,
        });
        fields.rounds |= expr.takes_rounds_of_the_row();
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Fields {
        text.parse::<Scheme>().unwrap().fields()
    }

    #[test]
    fn a_formula_says_which_fields_it_needs() {
        let none = Fields::default();
        assert_eq!(fields("md5(md5(p).salt)"), Fields { salt: true, ..none });
        assert_eq!(fields("md5(p.salt).\":\".salt"), none, "the salt stands in the value");
        assert_eq!(fields("md5(p) if no salt"), Fields { salt: true, ..none });
        assert_eq!(fields("sha1(lower(u).p)"), Fields { login: true, ..none });
        assert_eq!(fields("bcrypt(hmac-sha256(unbase64(K), p))"), Fields { site_key: true, ..none });
        assert_eq!(fields("md5(p.id.email)"), Fields { id: true, email: true, ..none });
        let pbkdf2 = fields("pbkdf2(sha256, p, salt, rounds, 32)");
        assert_eq!(pbkdf2, Fields { salt: true, rounds: true, ..none });
        assert_eq!(fields("bcrypt"), none);
    }
}
