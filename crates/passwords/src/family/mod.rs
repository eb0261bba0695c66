//! The families of formulas, one module each: a parsed value and its check.

pub(crate) mod argon2;
pub(crate) mod bcrypt;
mod bcrypt_key;
pub(crate) mod crypt;
pub(crate) mod hexdigest;
pub(crate) mod impresscms;
pub(crate) mod intramessenger;
pub(crate) mod ldap;
pub(crate) mod magento;
pub(crate) mod mahara;
pub(crate) mod mediawiki;
pub(crate) mod mysql;
pub(crate) mod mysql_encode;
pub(crate) mod pbkdf2;
pub(crate) mod phpass;
