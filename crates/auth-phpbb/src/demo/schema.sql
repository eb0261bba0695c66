-- The tables of phpBB 3.3 that a login touches, as its installer makes them on SQLite 3.
CREATE TABLE phpbb_config (
  config_name VARCHAR(255) DEFAULT '' NOT NULL,
  config_value VARCHAR(255) DEFAULT '' NOT NULL,
  is_dynamic INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  PRIMARY KEY (config_name)
);
CREATE TABLE phpbb_users (
  user_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  user_type INTEGER DEFAULT '0' NOT NULL,
  group_id INTEGER UNSIGNED DEFAULT '3' NOT NULL,
  user_permissions MEDIUMTEXT(16777215) DEFAULT '' NOT NULL,
  user_perm_from INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  user_ip VARCHAR(40) DEFAULT '' NOT NULL,
  user_regdate INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  username VARCHAR(255) DEFAULT '' NOT NULL,
  username_clean VARCHAR(255) DEFAULT '' NOT NULL,
  user_password VARCHAR(255) DEFAULT '' NOT NULL,
  user_passchg INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  user_email VARCHAR(100) DEFAULT '' NOT NULL,
  user_birthday VARCHAR(10) DEFAULT '' NOT NULL,
  user_lastvisit INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  user_last_active INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  user_lastmark INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  user_lastpost_time INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  user_lastpage VARCHAR(200) DEFAULT '' NOT NULL,
  user_last_confirm_key VARCHAR(10) DEFAULT '' NOT NULL,
  user_last_search INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  user_warnings INTEGER DEFAULT '0' NOT NULL,
  user_last_warning INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  user_login_attempts INTEGER DEFAULT '0' NOT NULL,
  user_inactive_reason INTEGER DEFAULT '0' NOT NULL,
  user_inactive_time INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  user_posts INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  user_lang VARCHAR(30) DEFAULT '' NOT NULL,
  user_timezone VARCHAR(100) DEFAULT '' NOT NULL,
  user_dateformat VARCHAR(64) DEFAULT 'd M Y H:i' NOT NULL,
  user_style INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  user_rank INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  user_colour VARCHAR(6) DEFAULT '' NOT NULL,
  user_new_privmsg INTEGER DEFAULT '0' NOT NULL,
  user_unread_privmsg INTEGER DEFAULT '0' NOT NULL,
  user_last_privmsg INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  user_allow_pm INTEGER UNSIGNED DEFAULT '1' NOT NULL,
  user_allow_viewonline INTEGER UNSIGNED DEFAULT '1' NOT NULL,
  user_allow_viewemail INTEGER UNSIGNED DEFAULT '1' NOT NULL,
  user_avatar VARCHAR(255) DEFAULT '' NOT NULL,
  user_avatar_type VARCHAR(255) DEFAULT '' NOT NULL,
  user_avatar_width INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  user_avatar_height INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  user_sig MEDIUMTEXT(16777215) DEFAULT '' NOT NULL,
  user_actkey VARCHAR(32) DEFAULT '' NOT NULL,
  user_actkey_expiration INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  reset_token VARCHAR(64) DEFAULT '' NOT NULL,
  reset_token_expiration INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  user_newpasswd VARCHAR(255) DEFAULT '' NOT NULL,
  user_form_salt VARCHAR(32) DEFAULT '' NOT NULL,
  user_new INTEGER UNSIGNED DEFAULT '1' NOT NULL
);
CREATE UNIQUE INDEX phpbb_users_username_clean ON phpbb_users (username_clean);
CREATE INDEX phpbb_users_user_type ON phpbb_users (user_type);
CREATE INDEX phpbb_users_user_email ON phpbb_users (user_email);
CREATE TABLE phpbb_groups (
  group_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  group_type INTEGER DEFAULT '1' NOT NULL,
  group_founder_manage INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  group_skip_auth INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  group_name VARCHAR(255) DEFAULT '' NOT NULL,
  group_desc TEXT(65535) DEFAULT '' NOT NULL,
  group_colour VARCHAR(6) DEFAULT '' NOT NULL,
  group_rank INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  group_legend INTEGER UNSIGNED DEFAULT '0' NOT NULL
);
CREATE TABLE phpbb_user_group (
  group_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  user_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  group_leader INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  user_pending INTEGER UNSIGNED DEFAULT '1' NOT NULL
);
CREATE INDEX phpbb_user_group_group_id ON phpbb_user_group (group_id);
CREATE INDEX phpbb_user_group_user_id ON phpbb_user_group (user_id);
CREATE TABLE phpbb_banlist (
  ban_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  ban_userid INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  ban_ip VARCHAR(40) DEFAULT '' NOT NULL,
  ban_email VARCHAR(100) DEFAULT '' NOT NULL,
  ban_start INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  ban_end INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  ban_exclude INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  ban_reason VARCHAR(255) DEFAULT '' NOT NULL,
  ban_give_reason VARCHAR(255) DEFAULT '' NOT NULL
);
CREATE TABLE phpbb_login_attempts (
  attempt_ip VARCHAR(40) DEFAULT '' NOT NULL,
  attempt_browser VARCHAR(150) DEFAULT '' NOT NULL,
  attempt_forwarded_for VARCHAR(255) DEFAULT '' NOT NULL,
  attempt_time INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  user_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  username VARCHAR(255) DEFAULT '0' NOT NULL,
  username_clean VARCHAR(255) DEFAULT '0' NOT NULL
);
CREATE INDEX phpbb_login_attempts_att_ip ON phpbb_login_attempts (attempt_ip, attempt_time);
CREATE TABLE phpbb_sessions (
  session_id CHAR(32) DEFAULT '' NOT NULL,
  session_user_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  session_last_visit INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  session_start INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  session_time INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  session_ip VARCHAR(40) DEFAULT '' NOT NULL,
  session_browser VARCHAR(150) DEFAULT '' NOT NULL,
  session_forwarded_for VARCHAR(255) DEFAULT '' NOT NULL,
  session_page VARCHAR(255) DEFAULT '' NOT NULL,
  session_viewonline INTEGER UNSIGNED DEFAULT '1' NOT NULL,
  session_autologin INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  session_admin INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  session_forum_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  PRIMARY KEY (session_id)
);
CREATE TABLE phpbb_sessions_keys (
  key_id CHAR(32) DEFAULT '' NOT NULL,
  user_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  last_ip VARCHAR(40) DEFAULT '' NOT NULL,
  last_login INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  PRIMARY KEY (key_id, user_id)
);
CREATE TABLE phpbb_forums (
  forum_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  parent_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  left_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  right_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  forum_name TEXT(65535) DEFAULT '' NOT NULL,
  forum_desc TEXT(65535) DEFAULT '' NOT NULL,
  forum_password VARCHAR(255) DEFAULT '' NOT NULL,
  forum_type INTEGER DEFAULT '0' NOT NULL,
  forum_status INTEGER DEFAULT '0' NOT NULL
);
CREATE TABLE phpbb_topics (
  topic_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  forum_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  topic_visibility INTEGER DEFAULT '0' NOT NULL,
  topic_title TEXT(65535) DEFAULT '' NOT NULL,
  topic_poster INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  topic_time INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  topic_status INTEGER DEFAULT '0' NOT NULL,
  topic_type INTEGER DEFAULT '0' NOT NULL,
  topic_first_poster_name VARCHAR(255) DEFAULT '' NOT NULL,
  topic_moved_id INTEGER UNSIGNED DEFAULT '0' NOT NULL
);
CREATE INDEX phpbb_topics_forum_id ON phpbb_topics (forum_id);
CREATE TABLE phpbb_acl_options (
  auth_option_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  auth_option VARCHAR(50) DEFAULT '' NOT NULL,
  is_global INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  is_local INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  founder_only INTEGER UNSIGNED DEFAULT '0' NOT NULL
);
CREATE TABLE phpbb_acl_groups (
  group_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  forum_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  auth_option_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  auth_role_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  auth_setting INTEGER DEFAULT '0' NOT NULL
);
CREATE TABLE phpbb_acl_users (
  user_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  forum_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  auth_option_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  auth_role_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  auth_setting INTEGER DEFAULT '0' NOT NULL
);
CREATE TABLE phpbb_acl_roles_data (
  role_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  auth_option_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  auth_setting INTEGER DEFAULT '0' NOT NULL,
  PRIMARY KEY (role_id, auth_option_id)
);
CREATE TABLE phpbb_privmsgs (
  msg_id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  author_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  message_time INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  message_subject TEXT(65535) DEFAULT '' NOT NULL,
  to_address TEXT(65535) DEFAULT '' NOT NULL
);
CREATE TABLE phpbb_privmsgs_to (
  msg_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  user_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  author_id INTEGER UNSIGNED DEFAULT '0' NOT NULL,
  pm_unread INTEGER UNSIGNED DEFAULT '1' NOT NULL,
  folder_id INTEGER DEFAULT '0' NOT NULL
);
INSERT INTO phpbb_acl_options (auth_option_id, auth_option, is_local) VALUES (14, 'f_list', 1), (20, 'f_read', 1);
INSERT INTO phpbb_acl_roles_data (role_id, auth_option_id, auth_setting) VALUES (17, 14, 1), (17, 20, 1);
