//! What a directory calls things: presets, and what the configuration says instead.

use serde::Deserialize;

use crate::filter::{Attribute, ConfiguredFilter};

/// A kind of directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Active Directory and Samba as a domain controller.
    #[default]
    ActiveDirectory,
    /// OpenLDAP with `inetOrgPerson` and `groupOfNames`.
    #[serde(rename = "openldap")]
    OpenLdap,
    /// 389 Directory Server, Red Hat Directory Server, FreeIPA.
    #[serde(rename = "389ds", alias = "389")]
    Ds389,
    /// Unix accounts: `posixAccount`, and `posixGroup` with `memberUid` (RFC 2307).
    #[serde(rename = "rfc2307")]
    Rfc2307,
}

impl Preset {
    /// The word in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ActiveDirectory => "active-directory",
            Self::OpenLdap => "openldap",
            Self::Ds389 => "389ds",
            Self::Rfc2307 => "rfc2307",
        }
    }

    /// The preset's filter for people, in RFC 4515.
    pub fn user_filter(self) -> &'static str {
        match self {
            // Ordinary user accounts: no computers, no trusts (MS-SAMR 2.2.1.9). Indexed.
            Self::ActiveDirectory => "(sAMAccountType=805306368)",
            Self::OpenLdap | Self::Ds389 => "(|(objectClass=inetOrgPerson)(objectClass=posixAccount))",
            Self::Rfc2307 => "(objectClass=posixAccount)",
        }
    }
}

/// Where memberships are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroupMembership {
    /// Active Directory follows nested groups itself (`LDAP_MATCHING_RULE_IN_CHAIN`); the primary group is added.
    InChain,
    /// `memberOf` at the person and at the groups.
    MemberOf,
    /// `member` and `uniqueMember` at the groups, with names of entries.
    Member,
    /// `memberUid` at the groups, with login names, and `gidNumber` at the person. Never nested.
    MemberUid,
    /// Groups are not read.
    None,
}

/// A fact about a person that colleagues may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detail {
    /// The department.
    Department,
    /// The job title.
    Title,
    /// The telephone number.
    Phone,
    /// The e-mail address.
    Mail,
    /// Who leads them.
    Manager,
}

impl Detail {
    /// What is shown without a configuration.
    pub const USUAL: [Self; 4] = [Self::Department, Self::Title, Self::Phone, Self::Mail];

    /// The word in the configuration and of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Department => "department",
            Self::Title => "title",
            Self::Phone => "phone",
            Self::Mail => "mail",
            Self::Manager => "manager",
        }
    }
}

/// The keys of `[authenticator.NAME.attributes]`; what is missing is the preset's.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttributeConfig {
    /// The stable id: never a name.
    pub subject: Option<Attribute>,
    /// The login name, as it is shown.
    pub login: Option<Attribute>,
    /// What people may type at the login, in order of precedence.
    pub login_by: Option<Vec<Attribute>>,
    /// The name to show.
    pub display_name: Option<Attribute>,
    /// The e-mail address.
    pub mail: Option<Attribute>,
    /// The department.
    pub department: Option<Attribute>,
    /// The job title.
    pub title: Option<Attribute>,
    /// The telephone number.
    pub phone: Option<Attribute>,
    /// The manager, as the name of an entry.
    pub manager: Option<Attribute>,
    /// The picture.
    pub photo: Option<Attribute>,
    /// A group's name.
    pub group_name: Option<Attribute>,
    /// A group's stable id.
    pub group_id: Option<Attribute>,
}

/// A directory's words.
#[derive(Debug, Clone)]
pub(crate) struct Schema {
    pub(crate) preset: Preset,
    pub(crate) user_filter: ConfiguredFilter,
    pub(crate) group_filter: ConfiguredFilter,
    pub(crate) membership: GroupMembership,
    pub(crate) subject: Attribute,
    pub(crate) login: Attribute,
    pub(crate) login_by: Vec<Attribute>,
    pub(crate) display_name: Attribute,
    pub(crate) mail: Attribute,
    pub(crate) department: Attribute,
    pub(crate) title: Attribute,
    pub(crate) phone: Attribute,
    pub(crate) manager: Attribute,
    pub(crate) photo: Attribute,
    pub(crate) group_name: Attribute,
    pub(crate) group_id: Attribute,
    /// When the entry was made.
    pub(crate) created: Attribute,
    /// What grows when the entry changes: a number in Active Directory, a time elsewhere.
    pub(crate) changed: Attribute,
    /// The entry's own name, as an attribute that can be searched.
    pub(crate) own_name: Attribute,
    /// What colleagues may see.
    pub(crate) details: Vec<Detail>,
}

impl Schema {
    pub(crate) fn new(
        preset: Preset,
        user_filter: Option<ConfiguredFilter>,
        group_filter: Option<ConfiguredFilter>,
        membership: Option<GroupMembership>,
        names: AttributeConfig,
    ) -> Self {
        let ad = preset == Preset::ActiveDirectory;
        let of = |configured: Option<Attribute>, windows: &'static str, other: &'static str| {
            configured.unwrap_or_else(|| Attribute::preset(if ad { windows } else { other }))
        };
        let id = match preset {
            Preset::Ds389 => "nsUniqueId",
            _ => "entryUUID",
        };
        let login = of(names.login, "sAMAccountName", "uid");
        let mail = of(names.mail, "mail", "mail");
        let login_by = names.login_by.unwrap_or_else(|| {
            if ad {
                vec![login.clone(), Attribute::preset("userPrincipalName"), mail.clone()]
            } else {
                vec![login.clone(), mail.clone()]
            }
        });
        Self {
            preset,
            user_filter: user_filter.unwrap_or_else(|| ConfiguredFilter::preset(preset.user_filter())),
            group_filter: group_filter.unwrap_or_else(|| ConfiguredFilter::preset(group_filter_of(preset))),
            membership: membership.unwrap_or(match preset {
                Preset::ActiveDirectory => GroupMembership::InChain,
                Preset::OpenLdap | Preset::Ds389 => GroupMembership::Member,
                Preset::Rfc2307 => GroupMembership::MemberUid,
            }),
            subject: of(names.subject, "objectGUID", id),
            login,
            login_by,
            display_name: of(
                names.display_name,
                "displayName",
                if preset == Preset::Rfc2307 { "cn" } else { "displayName" },
            ),
            mail,
            department: of(names.department, "department", "departmentNumber"),
            title: of(names.title, "title", "title"),
            phone: of(names.phone, "telephoneNumber", "telephoneNumber"),
            manager: of(names.manager, "manager", "manager"),
            photo: of(names.photo, "thumbnailPhoto", "jpegPhoto"),
            group_name: of(names.group_name, "cn", "cn"),
            group_id: of(names.group_id, "objectGUID", id),
            created: of(None, "whenCreated", "createTimestamp"),
            changed: of(None, "uSNChanged", "modifyTimestamp"),
            own_name: of(None, "distinguishedName", "entryDN"),
            details: Detail::USUAL.to_vec(),
        }
    }

    pub(crate) fn is_active_directory(&self) -> bool {
        self.preset == Preset::ActiveDirectory
    }

    /// The attribute of a fact.
    pub(crate) fn detail(&self, detail: Detail) -> &Attribute {
        match detail {
            Detail::Department => &self.department,
            Detail::Title => &self.title,
            Detail::Phone => &self.phone,
            Detail::Mail => &self.mail,
            Detail::Manager => &self.manager,
        }
    }

    /// When a person's password was last changed, as far as the service account may read it.
    pub(crate) fn password_times(&self) -> &'static [&'static str] {
        if self.is_active_directory() {
            &["pwdLastSet"]
        } else {
            &["pwdChangedTime", "passwordLastChanged", "krbLastPwdChange"]
        }
    }

    /// What is read of a person.
    pub(crate) fn person_attributes(&self) -> Vec<String> {
        let mut names: Vec<&str> = [
            &self.subject,
            &self.login,
            &self.display_name,
            &self.mail,
            &self.department,
            &self.title,
            &self.phone,
            &self.manager,
            &self.created,
        ]
        .into_iter()
        .chain(&self.login_by)
        .map(Attribute::as_str)
        .collect();
        names.push("cn");
        names.extend_from_slice(if self.is_active_directory() {
            &[
                "userAccountControl",
                "msDS-User-Account-Control-Computed",
                "accountExpires",
                "pwdLastSet",
                "objectSid",
                "primaryGroupID",
                "memberOf",
            ]
        } else {
            &[
                "pwdAccountLockedTime",
                "pwdReset",
                "nsAccountLock",
                "gidNumber",
                "pwdChangedTime",
                "passwordLastChanged",
                "krbLastPwdChange",
            ]
        });
        if self.membership == GroupMembership::MemberOf {
            names.push("memberOf");
        }
        distinct(names)
    }

    /// What is read of a group.
    pub(crate) fn group_attributes(&self) -> Vec<String> {
        distinct(vec![self.group_id.as_str(), self.group_name.as_str(), "cn"])
    }
}

fn distinct(names: Vec<&str>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        if !kept.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            kept.push(name.to_owned());
        }
    }
    kept
}

fn group_filter_of(preset: Preset) -> &'static str {
    match preset {
        Preset::ActiveDirectory => "(objectClass=group)",
        Preset::OpenLdap | Preset::Ds389 => "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))",
        Preset::Rfc2307 => "(objectClass=posixGroup)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_of_a_preset_is_a_filter() {
        for preset in [Preset::ActiveDirectory, Preset::OpenLdap, Preset::Ds389, Preset::Rfc2307] {
            assert!(ConfiguredFilter::new(preset.user_filter()).is_some());
            assert!(ConfiguredFilter::new(group_filter_of(preset)).is_some());
        }
    }

    #[test]
    fn what_is_configured_comes_before_the_preset() {
        let names = AttributeConfig { login: Attribute::new("employeeID"), ..AttributeConfig::default() };
        let schema = Schema::new(Preset::ActiveDirectory, ConfiguredFilter::new("(a=b)"), None, None, names);
        assert_eq!(schema.login.as_str(), "employeeID");
        assert_eq!(schema.login_by[0].as_str(), "employeeID");
        assert_eq!(schema.user_filter, ConfiguredFilter::new("(a=b)").unwrap());
        assert_eq!(schema.mail.as_str(), "mail");
    }
}
