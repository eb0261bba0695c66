//! IntraMessenger's database on MariaDB, as much of it as is carried over, with everything in it that years leave behind.

use super::Database;
use super::databases::FreshDatabase;

/// What stands before each password.
pub(crate) const PEPPER: &str = "Pfeffer-ü-1999";

/// The tables; the accounts in the character set of their time, the rest in today's.
const TABLES: &str = "
CREATE TABLE IM_USR_USER (ID_USER INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, USR_USERNAME VARCHAR(20) NOT NULL,
  USR_NICKNAME VARCHAR(20) NULL, USR_NAME VARCHAR(50) NULL, USR_LEVEL TINYINT NOT NULL DEFAULT 3, ID_ROLE TINYINT UNSIGNED NULL,
  USR_STATUS TINYINT NULL, USR_PASSWORD VARCHAR(40) NULL, USR_CHECK VARCHAR(15) NULL, USR_EMAIL VARCHAR(80) NULL,
  USR_GET_ADMIN_ALERT TINYINT NOT NULL DEFAULT 0, UNIQUE (USR_USERNAME)
) ENGINE=MyISAM DEFAULT CHARSET=latin1 COLLATE=latin1_bin;
CREATE TABLE IM_CNT_CONTACT (ID_CONTACT INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, ID_USER_1 INT UNSIGNED NULL,
  ID_USER_2 INT UNSIGNED NULL, CNT_STATUS TINYINT NULL, CNT_NEW_USERNAME VARCHAR(20) NULL, CNT_USER_GROUP VARCHAR(20) NULL,
  CNT_RATING TINYINT NULL) ENGINE=MyISAM DEFAULT CHARSET=latin1;
CREATE TABLE IM_MSG_MESSAGE (ID_MESSAGE INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, ID_USER_AUT INT NOT NULL,
  ID_USER_DEST INT NOT NULL, MSG_TEXT TEXT NULL, MSG_CR CHAR(2) NULL, MSG_TIME TIME NULL, MSG_DATE DATE NULL,
  ID_CONFERENCE INT UNSIGNED NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8;
CREATE TABLE IM_GRP_GROUP (ID_GROUP SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, GRP_NAME VARCHAR(20) NULL,
  GRP_PRIVATE TINYINT NULL, GRP_SHOUTBOX CHAR(1) NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8;
CREATE TABLE IM_USG_USERGRP (ID_GROUP SMALLINT UNSIGNED NULL, ID_USER INT UNSIGNED NULL, USG_PENDING TINYINT NULL)
  ENGINE=InnoDB DEFAULT CHARSET=utf8;
CREATE TABLE IM_BAN_BANNED (BAN_TYPE CHAR(1) NULL, BAN_VALUE VARCHAR(50) NULL) ENGINE=MyISAM DEFAULT CHARSET=latin1;
CREATE TABLE IM_ROL_ROLE (ID_ROLE TINYINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, ROL_NAME VARCHAR(40) NULL,
  ROL_DEFAULT CHAR(1) NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8;
CREATE TABLE IM_RLM_ROLEMODULE (ID_ROLE TINYINT UNSIGNED NOT NULL, ID_MODULE TINYINT UNSIGNED NOT NULL, RLM_STATE TINYINT NULL,
  RLM_VALUE SMALLINT UNSIGNED NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8;";

/// 1 to 7 are people; 8 waits, 9 is locked, 10 has left. From 11 on they are what nobody expected.
const ACCOUNTS: &str = "
INSERT INTO IM_USR_USER (ID_USER, USR_USERNAME, USR_NICKNAME, USR_NAME, ID_ROLE, USR_STATUS, USR_PASSWORD, USR_EMAIL, USR_GET_ADMIN_ALERT)
VALUES
 (1, 'ann', 'Ann', 'Ann Ärger', 2, 1, {password}, 'ann@example.org', 1),
 (2, 'jürgen', '', 'Chef', NULL, 3, {password}, 'juergen@example.org', 0),
 (3, 'cleo_m', 'Cléo M', 'HIDDEN', NULL, 1, {password}, NULL, 0),
 (4, 'dora', NULL, NULL, NULL, 1, UPPER({password}), 'nobody', 0),
 (5, 'eve', '', '', 77, 1, {password}, '', 0),
 (6, 'fred', '', '', NULL, 1, '', '', 0),
 (7, 'gus', '', '', NULL, 1, 'd3b07384d113edec49ea', '', 0),
 (8, 'waiting', '', '', NULL, 2, {password}, '', 0),
 (9, 'locked', '', '', NULL, 4, {password}, '', 0),
 (10, 'left', '', '', NULL, 9, {password}, '', 0),
 (11, 'ANN', '', 'Another Ann', NULL, 1, {password}, '', 0),
 (12, 'odd', '', '', NULL, NULL, NULL, NULL, 0),
 (13, '', '', '', NULL, 1, {password}, '', 0),
 (14, 'x\\'; DROP TABLE --', '<script>alert(1)', '\"><img src=x>', NULL, 1, {password}, '', 0),
 (15, 'banned_bob', 'Banned Bob', '', NULL, 1, {password}, '', 0),
 (16, 'taken', '', 'Of the old server', NULL, 1, {password}, '', 0);";

/// 1 and 2 are contacts with notes, 2 has asked 3, 4 was refused by 1, 5 makes itself a contact of 1, 3 hides from 1.
const CONTACTS: &str = "
INSERT INTO IM_CNT_CONTACT (ID_USER_1, ID_USER_2, CNT_STATUS, CNT_NEW_USERNAME, CNT_USER_GROUP) VALUES
 (1, 2, 2, 'Jürg', 'Büro'), (2, 1, 1, '', NULL), (1, 2, 1, 'again', ''),
 (2, 3, 0, 'Darf ich? Grüße', ''),
 (4, 1, -1, '', ''), (1, 4, 1, '', ''),
 (5, 1, 1, '', ''),
 (3, 1, 5, '', ''), (1, 3, 1, '', ''),
 (1, 10, 1, '', ''), (1, 999, 1, '', ''), (1, 1, 1, '', ''), (NULL, 2, 1, NULL, NULL), (2, 5, NULL, NULL, NULL), (5, 2, 42, '', '');";

/// Aunts are public, Ärzte official, Inner circle private.
const GROUPS: &str = "
INSERT INTO IM_GRP_GROUP (ID_GROUP, GRP_NAME, GRP_PRIVATE) VALUES
 (1, 'Aunts', 0), (2, 'Ärzte', 1), (3, 'Inner circle', 2), (4, 'AUNTS', 0), (5, 'Nobody', 0), (6, NULL, 0), (7, 'Unsaid', NULL);
INSERT INTO IM_USG_USERGRP (ID_GROUP, ID_USER, USG_PENDING) VALUES
 (1, 1, 0), (1, 1, 0), (1, 2, 0), (2, 1, 0), (2, 2, 1), (2, 3, -1), (2, 4, 2), (3, 1, 0), (4, 5, 0), (1, 999, 0), (99, 1, 0),
 (6, 1, 0), (1, 5, NULL), (NULL, NULL, NULL), (7, 2, 0);";

/// Base64 with `|` for `+` and no padding.
const MESSAGES: &str = "
INSERT INTO IM_MSG_MESSAGE (ID_USER_AUT, ID_USER_DEST, MSG_TEXT, MSG_CR, MSG_TIME, MSG_DATE, ID_CONFERENCE) VALUES
 (2, 1, 'R3L832UgPz8|', '64', '10:00:00', '2019-12-31', 0),
 (1, 2, 'PHNjcmlwdD4nOyBEUk9QIFRBQkxFIC0t', '64', NULL, NULL, NULL),
 (-99, 1, 'VG8gYWxs', '64', NULL, NULL, 0), (2, 1, 'c2VjcmV0', 'AA', NULL, NULL, 0), (2, 1, 'eA', '64', NULL, NULL, 3),
 (2, 999, 'eA', '64', NULL, NULL, 0), (2, 1, NULL, '64', NULL, NULL, 0), (2, 1, '***', '64', NULL, NULL, 0), (2, 1, 'eA', NULL, NULL, NULL, 0);";

const REST: &str = "
INSERT INTO IM_BAN_BANNED VALUES ('U', 'banned%'), ('U', 'm_rk'), ('I', '203.0.113.%'), ('I', '198.51.100.7'), ('P', 'PC-1'), ('I', '10.0.1%'),
 (NULL, NULL), ('U', '');
INSERT INTO IM_ROL_ROLE VALUES (1, 'Others', 'D'), (2, 'Leitung \"Süd\"', ''), (3, NULL, NULL);
INSERT INTO IM_RLM_ROLEMODULE VALUES (1, 16, 3, 1), (1, 5, 1, NULL), (2, 16, 3, 7), (2, 5, 2, NULL), (2, 19, 2, NULL), (2, 12, 2, NULL),
 (99, 16, 3, 1), (2, 200, NULL, NULL);";

/// The options file, as the old server wrote it: ISO 8859-1.
pub(crate) fn options_file() -> Vec<u8> {
    let text = "<?php\n// Options\ndefine('_SITE_TITLE', 'Büro \"Süd\"');\ndefine(\"_MAX_NB_CONTACT_BY_USER\", \"3\");\n\
                define('_SPECIAL_MODE_OPEN_COMMUNITY', '');\ndefine('_BUSY_REASONS_LIST', 'Sitzung;Mittag;Übergabe');\n\
                define('_SCROLL_TEXT', 'Grüß Gott');\ndefine('_AUTO_ADD_CONTACT_USER_ID', '2;999');\n\
                define('_CENSOR_MESSAGES', 'X');\ndefine('_MAX_NB_IP', rand());\n?>\n";
    text.chars().map(|c| u8::try_from(u32::from(c)).expect("a character of ISO 8859-1")).collect()
}

/// A database of the predecessor. The password of everybody who has one is `old password of all`.
#[derive(Debug)]
pub(crate) struct Predecessor {
    database: FreshDatabase,
    _folder: tempfile::TempDir,
}

impl Predecessor {
    /// Makes it and fills it.
    pub(crate) async fn make() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let old = Self { database: Database::MariaDb.fresh(&folder).await, _folder: folder };
        let digest = format!("SHA1('{PEPPER}{}')", Self::password());
        let accounts = ACCOUNTS.replace("{password}", &digest);
        for statements in [TABLES, &accounts, CONTACTS, GROUPS, MESSAGES, REST] {
            old.execute(statements).await;
        }
        old
    }

    /// What people logged in with over there.
    pub(crate) fn password() -> &'static str {
        "old password of all"
    }

    pub(crate) fn url(&self) -> &str {
        &self.database.url
    }

    /// Runs statements over there, one after the other.
    pub(crate) async fn execute(&self, statements: &str) {
        for statement in statements.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()) {
            self.database.execute(statement.trim_end_matches(';')).await;
        }
    }
}
