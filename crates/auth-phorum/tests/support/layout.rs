//! Phorum's own tables, as far as a login touches them, for each version: MySQL's spelling is Phorum's
//! (`include/db/mysql.php` of that version), the others follow it type by type.

use portico_auth_sql::testing::TestDatabaseKind;

/// The released generations of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    V5_0,
    V5_1,
    V5_2,
    V6_0,
}

impl Version {
    pub(crate) const ALL: [Self; 4] = [Self::V5_0, Self::V5_1, Self::V5_2, Self::V6_0];

    /// The row `internal_patchlevel`, which came with 5.2.
    pub(crate) fn patch_level(self) -> Option<&'static str> {
        match self {
            Self::V5_0 | Self::V5_1 => None,
            Self::V5_2 => Some("2016101000"),
            Self::V6_0 => Some("2026062900"),
        }
    }

    fn users(self) -> &'static str {
        match self {
            Self::V5_0 => USERS_5_0,
            Self::V5_1 => USERS_5_1,
            Self::V5_2 => USERS_5_2,
            Self::V6_0 => USERS_6_0,
        }
    }

    fn ban_comments(self) -> &'static str {
        if self >= Self::V5_2 { "comments text NOT NULL default ''," } else { "" }
    }

    fn moved(self) -> &'static str {
        if self >= Self::V5_2 { "moved tinyint(1) NOT NULL default '0'," } else { "" }
    }

    /// The statements that make the tables.
    pub(crate) fn tables(self, kind: TestDatabaseKind, prefix: &str) -> String {
        let tables =
            [self.users(), GROUPS, USER_GROUP_XREF, BANLISTS, SETTINGS, PM_XREF, FORUMS, MESSAGES].concat();
        let tables = tables
            .replace("{comments}", self.ban_comments())
            .replace("{moved}", self.moved())
            .replace("{p}", prefix);
        match kind {
            TestDatabaseKind::Mariadb => tables.replace("\n);", "\n) DEFAULT CHARSET=utf8;"),
            TestDatabaseKind::Postgres => to_postgres(&tables),
            TestDatabaseKind::Sqlite => to_sqlite(&tables),
        }
    }
}

const USERS_5_0: &str = "
CREATE TABLE {p}_users (
    user_id int(10) unsigned NOT NULL auto_increment,
    username varchar(50) NOT NULL default '',
    password varchar(50) NOT NULL default '',
    password_temp varchar(50) NOT NULL default '',
    email varchar(100) NOT NULL default '',
    email_temp varchar(110) NOT NULL default '',
    hide_email tinyint(1) NOT NULL default '0',
    active tinyint(1) NOT NULL default '0',
    user_data text NOT NULL default '',
    signature text NOT NULL default '',
    threaded_list tinyint(4) NOT NULL default '0',
    posts int(10) NOT NULL default '0',
    admin tinyint(1) NOT NULL default '0',
    threaded_read tinyint(4) NOT NULL default '0',
    date_added int(10) unsigned NOT NULL default '0',
    date_last_active int(10) unsigned NOT NULL default '0',
    last_active_forum int(10) unsigned NOT NULL default '0',
    hide_activity tinyint(1) NOT NULL default '0',
    PRIMARY KEY (user_id)
);";

const USERS_5_1: &str = "
CREATE TABLE {p}_users (
    user_id int(10) unsigned NOT NULL auto_increment,
    username varchar(50) NOT NULL default '',
    password varchar(50) NOT NULL default '',
    cookie_sessid_lt varchar(50) NOT NULL default '',
    sessid_st varchar(50) NOT NULL default '',
    sessid_st_timeout int(10) unsigned NOT NULL default '0',
    password_temp varchar(50) NOT NULL default '',
    email varchar(100) NOT NULL default '',
    email_temp varchar(110) NOT NULL default '',
    hide_email tinyint(1) NOT NULL default '0',
    active tinyint(1) NOT NULL default '0',
    user_data text NOT NULL default '',
    signature text NOT NULL default '',
    threaded_list tinyint(4) NOT NULL default '0',
    posts int(10) NOT NULL default '0',
    admin tinyint(1) NOT NULL default '0',
    threaded_read tinyint(4) NOT NULL default '0',
    date_added int(10) unsigned NOT NULL default '0',
    date_last_active int(10) unsigned NOT NULL default '0',
    last_active_forum int(10) unsigned NOT NULL default '0',
    hide_activity tinyint(1) NOT NULL default '0',
    show_signature tinyint(1) NOT NULL default '0',
    email_notify tinyint(1) NOT NULL default '0',
    pm_email_notify tinyint(1) NOT NULL default '1',
    tz_offset tinyint(2) NOT NULL default '-99',
    is_dst tinyint(1) NOT NULL default '0',
    user_language varchar(100) NOT NULL default '',
    user_template varchar(100) NOT NULL default '',
    moderator_data text NOT NULL default '',
    moderation_email tinyint(2) NOT NULL default '1',
    PRIMARY KEY (user_id)
);";

const USERS_5_2: &str = "
CREATE TABLE {p}_users (
    user_id int(10) unsigned NOT NULL auto_increment,
    username varchar(50) NOT NULL default '',
    real_name varchar(255) NOT NULL default '',
    display_name varchar(255) NOT NULL default '',
    password varchar(50) NOT NULL default '',
    password_temp varchar(50) NOT NULL default '',
    sessid_lt varchar(50) NOT NULL default '',
    sessid_st varchar(50) NOT NULL default '',
    sessid_st_timeout int(10) unsigned NOT NULL default '0',
    email varchar(100) NOT NULL default '',
    email_temp varchar(110) NOT NULL default '',
    hide_email tinyint(1) NOT NULL default '0',
    active tinyint(1) NOT NULL default '0',
    signature text NOT NULL default '',
    threaded_list tinyint(1) NOT NULL default '0',
    posts int(10) NOT NULL default '0',
    admin tinyint(1) NOT NULL default '0',
    threaded_read tinyint(1) NOT NULL default '0',
    date_added int(10) unsigned NOT NULL default '0',
    date_last_active int(10) unsigned NOT NULL default '0',
    last_active_forum int(10) unsigned NOT NULL default '0',
    hide_activity tinyint(1) NOT NULL default '0',
    show_signature tinyint(1) NOT NULL default '0',
    email_notify tinyint(1) NOT NULL default '0',
    pm_email_notify tinyint(1) NOT NULL default '1',
    tz_offset float(4,2) NOT NULL default '-99.00',
    is_dst tinyint(1) NOT NULL default '0',
    user_language varchar(100) NOT NULL default '',
    user_template varchar(100) NOT NULL default '',
    moderator_data text NOT NULL default '',
    moderation_email tinyint(1) NOT NULL default '1',
    settings_data mediumtext NOT NULL default '',
    force_password_change tinyint(1) NOT NULL default '0',
    PRIMARY KEY (user_id)
);";

const USERS_6_0: &str = "
CREATE TABLE {p}_users (
    user_id int(10) unsigned NOT NULL auto_increment,
    username varchar(50) NOT NULL default '',
    real_name varchar(255) NOT NULL default '',
    display_name varchar(255) NOT NULL default '',
    password varchar(255) NOT NULL default '',
    password_temp varchar(255) NOT NULL default '',
    sessid_lt varchar(64) NOT NULL default '',
    sessid_st varchar(64) NOT NULL default '',
    sessid_st_timeout int(10) unsigned NOT NULL default '0',
    email varchar(100) NOT NULL default '',
    email_temp varchar(110) NOT NULL default '',
    hide_email tinyint(1) NOT NULL default '0',
    active tinyint(1) NOT NULL default '0',
    signature text NOT NULL default '',
    threaded_list tinyint(1) NOT NULL default '0',
    posts int(10) NOT NULL default '0',
    admin tinyint(1) NOT NULL default '0',
    threaded_read tinyint(1) NOT NULL default '0',
    date_added int(10) unsigned NOT NULL default '0',
    date_last_active int(10) unsigned NOT NULL default '0',
    last_active_forum int(10) unsigned NOT NULL default '0',
    hide_activity tinyint(1) NOT NULL default '0',
    show_signature tinyint(1) NOT NULL default '0',
    email_notify tinyint(1) NOT NULL default '0',
    pm_email_notify tinyint(1) NOT NULL default '1',
    tz_offset float(4,2) NOT NULL default '-99.00',
    is_dst tinyint(1) NOT NULL default '0',
    user_language varchar(100) NOT NULL default '',
    user_template varchar(100) NOT NULL default '',
    moderator_data text NOT NULL default '',
    moderation_email tinyint(1) NOT NULL default '1',
    settings_data mediumtext NOT NULL default '',
    force_password_change tinyint(1) NOT NULL default '0',
    PRIMARY KEY (user_id)
);";

const GROUPS: &str = "
CREATE TABLE {p}_groups (
    group_id int(10) unsigned NOT NULL auto_increment,
    name varchar(255) NOT NULL default '',
    open tinyint(1) NOT NULL default '0',
    PRIMARY KEY (group_id)
);";

const USER_GROUP_XREF: &str = "
CREATE TABLE {p}_user_group_xref (
    user_id int(10) unsigned NOT NULL default '0',
    group_id int(10) unsigned NOT NULL default '0',
    status tinyint(4) NOT NULL default '1',
    PRIMARY KEY (user_id, group_id)
);";

const BANLISTS: &str = "
CREATE TABLE {p}_banlists (
    id int(10) unsigned NOT NULL auto_increment,
    forum_id int(10) unsigned NOT NULL default '0',
    type tinyint(4) NOT NULL default '0',
    pcre tinyint(1) NOT NULL default '0',
    string varchar(255) NOT NULL default '',
    {comments}
    PRIMARY KEY (id)
);";

const SETTINGS: &str = "
CREATE TABLE {p}_settings (
    name varchar(255) NOT NULL default '',
    type enum('V','S') NOT NULL default 'V',
    data text NOT NULL default '',
    PRIMARY KEY (name)
);";

const PM_XREF: &str = "
CREATE TABLE {p}_pm_xref (
    pm_xref_id int(10) unsigned NOT NULL auto_increment,
    user_id int(10) unsigned NOT NULL default '0',
    pm_folder_id int(10) unsigned NOT NULL default '0',
    special_folder varchar(10),
    pm_message_id int(10) unsigned NOT NULL default '0',
    read_flag tinyint(1) NOT NULL default '0',
    reply_flag tinyint(1) NOT NULL default '0',
    PRIMARY KEY (pm_xref_id)
);";

const FORUMS: &str = "
CREATE TABLE {p}_forums (
    forum_id int(10) unsigned NOT NULL auto_increment,
    name varchar(50) NOT NULL default '',
    active tinyint(1) NOT NULL default '0',
    folder_flag tinyint(1) NOT NULL default '0',
    parent_id int(10) unsigned NOT NULL default '0',
    pub_perms int(10) unsigned NOT NULL default '0',
    reg_perms int(10) unsigned NOT NULL default '0',
    PRIMARY KEY (forum_id)
);
CREATE TABLE {p}_forum_group_xref (
    forum_id int(10) unsigned NOT NULL default '0',
    group_id int(10) unsigned NOT NULL default '0',
    permission int(10) unsigned NOT NULL default '0',
    PRIMARY KEY (forum_id, group_id)
);";

const MESSAGES: &str = "
CREATE TABLE {p}_messages (
    message_id int(10) unsigned NOT NULL auto_increment,
    forum_id int(10) unsigned NOT NULL default '0',
    thread int(10) unsigned NOT NULL default '0',
    parent_id int(10) unsigned NOT NULL default '0',
    author varchar(255) NOT NULL default '',
    subject varchar(255) NOT NULL default '',
    status tinyint(4) NOT NULL default '2',
    datestamp int(10) unsigned NOT NULL default '0',
    {moved}
    sort tinyint(4) NOT NULL default '2',
    PRIMARY KEY (message_id)
);";

/// PostgreSQL, as Phorum's own layer for it spelt them.
fn to_postgres(tables: &str) -> String {
    replace_all(
        tables,
        &[
            ("int(10) unsigned NOT NULL auto_increment", "bigserial"),
            ("int(10) unsigned", "integer"),
            ("tinyint(1)", "smallint"),
            ("tinyint(2)", "smallint"),
            ("tinyint(4)", "smallint"),
            ("int(10)", "integer"),
            ("float(4,2)", "real"),
            ("mediumtext", "text"),
            ("enum('V','S')", "char(1)"),
        ],
    )
}

fn to_sqlite(tables: &str) -> String {
    replace_all(
        tables,
        &[
            ("int(10) unsigned NOT NULL auto_increment", "integer NOT NULL"),
            ("int(10) unsigned", "integer"),
            ("enum('V','S')", "char(1)"),
        ],
    )
}

fn replace_all(text: &str, pairs: &[(&str, &str)]) -> String {
    pairs.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}
