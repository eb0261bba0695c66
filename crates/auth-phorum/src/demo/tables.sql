CREATE TABLE phorum_users (
    user_id integer PRIMARY KEY AUTOINCREMENT,
    username varchar(50) NOT NULL DEFAULT '' UNIQUE COLLATE NOCASE,
    real_name varchar(255) NOT NULL DEFAULT '',
    display_name varchar(255) NOT NULL DEFAULT '',
    password varchar(255) NOT NULL DEFAULT '',
    password_temp varchar(255) NOT NULL DEFAULT '',
    sessid_lt varchar(64) NOT NULL DEFAULT '',
    sessid_st varchar(64) NOT NULL DEFAULT '',
    sessid_st_timeout integer NOT NULL DEFAULT 0,
    email varchar(100) NOT NULL DEFAULT '',
    email_temp varchar(110) NOT NULL DEFAULT '',
    hide_email tinyint NOT NULL DEFAULT 0,
    active tinyint NOT NULL DEFAULT 0,
    signature text NOT NULL,
    threaded_list tinyint NOT NULL DEFAULT 0,
    posts integer NOT NULL DEFAULT 0,
    admin tinyint NOT NULL DEFAULT 0,
    threaded_read tinyint NOT NULL DEFAULT 0,
    date_added integer NOT NULL DEFAULT 0,
    date_last_active integer NOT NULL DEFAULT 0,
    last_active_forum integer NOT NULL DEFAULT 0,
    hide_activity tinyint NOT NULL DEFAULT 0,
    show_signature tinyint NOT NULL DEFAULT 0,
    email_notify tinyint NOT NULL DEFAULT 0,
    pm_email_notify tinyint NOT NULL DEFAULT 1,
    tz_offset float NOT NULL DEFAULT -99.00,
    is_dst tinyint NOT NULL DEFAULT 0,
    user_language varchar(100) NOT NULL DEFAULT '',
    user_template varchar(100) NOT NULL DEFAULT '',
    moderator_data text NOT NULL,
    moderation_email tinyint NOT NULL DEFAULT 1,
    settings_data mediumtext NOT NULL DEFAULT '',
    force_password_change tinyint NOT NULL DEFAULT 0
);
CREATE TABLE phorum_groups (
    group_id integer PRIMARY KEY AUTOINCREMENT,
    name varchar(255) NOT NULL DEFAULT '',
    open tinyint NOT NULL DEFAULT 0
);
CREATE TABLE phorum_user_group_xref (
    user_id integer NOT NULL DEFAULT 0,
    group_id integer NOT NULL DEFAULT 0,
    status tinyint NOT NULL DEFAULT 1,
    PRIMARY KEY (user_id, group_id)
);
CREATE TABLE phorum_banlists (
    id integer PRIMARY KEY AUTOINCREMENT,
    forum_id integer NOT NULL DEFAULT 0,
    type tinyint NOT NULL DEFAULT 0,
    pcre tinyint NOT NULL DEFAULT 0,
    string varchar(255) NOT NULL DEFAULT '',
    comments text NOT NULL
);
CREATE TABLE phorum_settings (
    name varchar(255) NOT NULL DEFAULT '' PRIMARY KEY,
    type char(1) NOT NULL DEFAULT 'V',
    data text NOT NULL
);
CREATE TABLE phorum_pm_xref (
    pm_xref_id integer PRIMARY KEY AUTOINCREMENT,
    user_id integer NOT NULL DEFAULT 0,
    pm_folder_id integer NOT NULL DEFAULT 0,
    special_folder varchar(10),
    pm_message_id integer NOT NULL DEFAULT 0,
    read_flag tinyint NOT NULL DEFAULT 0,
    reply_flag tinyint NOT NULL DEFAULT 0
);
CREATE TABLE phorum_pm_messages (
    pm_message_id integer PRIMARY KEY AUTOINCREMENT,
    user_id integer NOT NULL DEFAULT 0,
    author varchar(255) NOT NULL DEFAULT '',
    subject varchar(100) NOT NULL DEFAULT '',
    message text NOT NULL,
    datestamp integer NOT NULL DEFAULT 0,
    meta mediumtext NOT NULL
);
CREATE TABLE phorum_forums (
    forum_id integer PRIMARY KEY AUTOINCREMENT,
    name varchar(50) NOT NULL DEFAULT '',
    active tinyint NOT NULL DEFAULT 0,
    description text NOT NULL,
    folder_flag tinyint NOT NULL DEFAULT 0,
    parent_id integer NOT NULL DEFAULT 0,
    pub_perms integer NOT NULL DEFAULT 0,
    reg_perms integer NOT NULL DEFAULT 0,
    vroot integer NOT NULL DEFAULT 0
);
CREATE TABLE phorum_forum_group_xref (
    forum_id integer NOT NULL DEFAULT 0,
    group_id integer NOT NULL DEFAULT 0,
    permission integer NOT NULL DEFAULT 0,
    PRIMARY KEY (forum_id, group_id)
);
CREATE TABLE phorum_messages (
    message_id integer PRIMARY KEY AUTOINCREMENT,
    forum_id integer NOT NULL DEFAULT 0,
    thread integer NOT NULL DEFAULT 0,
    parent_id integer NOT NULL DEFAULT 0,
    user_id integer NOT NULL DEFAULT 0,
    author varchar(255) NOT NULL DEFAULT '',
    subject varchar(255) NOT NULL DEFAULT '',
    body text NOT NULL,
    status tinyint NOT NULL DEFAULT 2,
    datestamp integer NOT NULL DEFAULT 0,
    sort tinyint NOT NULL DEFAULT 2,
    moved tinyint NOT NULL DEFAULT 0,
    closed tinyint NOT NULL DEFAULT 0
);
