//! Finding messages by their words.

use portico_core::messaging::{Message, MessageSearch, SearchWords};
use sea_orm::sea_query::{BinOper, Expr, ExprTrait, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, EntityName};

use super::rows;
use crate::entity::{conversation_member, message};
use crate::failure::Sql;
use crate::sql_store::{Kind, SqlStore};
use crate::words::POSTGRES_WORDS;

/// The table of words on SQLite.
const WORDS: &str = "message_words";
/// InnoDB leaves shorter words out of its index (`innodb_ft_min_token_size`).
const SHORTEST_INDEXED: usize = 3;
/// The words that InnoDB leaves out of its index (`INFORMATION_SCHEMA.INNODB_FT_DEFAULT_STOPWORD`), as far as they are not too
/// short anyway.
const LEFT_OUT: [&str; 18] = [
    "about", "are", "com", "for", "from", "how", "that", "the", "this", "und", "was", "what", "when",
    "where", "who", "will", "with", "www",
];
/// What stands before and behind a word.
const NOT_IN_WORDS: &str = r"[^\p{L}\p{N}\p{M}]";

impl SqlStore {
    pub(crate) async fn found(&self, search: &MessageSearch) -> Sql<Vec<Message>> {
        let query = self.search_query(search);
        let found = self.reader()?.query_all(&query).await?;
        let sequences: Vec<i64> =
            found.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
        let mut messages = self.by_sequence(&sequences).await?;
        messages.reverse();
        Ok(messages)
    }

    fn search_query(&self, search: &MessageSearch) -> SelectStatement {
        let messages = |column: message::Column| Expr::col((message::Entity, column));
        let members = |column: conversation_member::Column| Expr::col((conversation_member::Entity, column));
        let mut query = Query::select();
        query.column((message::Entity, message::Column::Sequence));
        let by_sequence = match self.kind() {
            // From the words to the messages, newest first: so the index of words is read only as far as is needed.
            Kind::Sqlite => {
                let rowid = || Expr::col((WORDS, "rowid"));
                query
                    .from(WORDS)
                    .inner_join(message::Entity, messages(message::Column::Sequence).eq(rowid()));
                rowid()
            }
            Kind::MySql | Kind::Postgres => {
                query.from(message::Entity);
                messages(message::Column::Sequence)
            }
        };
        let place = members(conversation_member::Column::Conversation)
            .eq(messages(message::Column::Conversation))
            .and(members(conversation_member::Column::Account).eq(search.account.as_uuid()))
            .and(members(conversation_member::Column::Community).eq(search.community.as_str()));
        query.inner_join(conversation_member::Entity, place);
        self.with_words(&mut query, &search.words);
        query
            // Not what was said before they came.
            .and_where(
                messages(message::Column::Sequence).gt(members(conversation_member::Column::FromSequence)),
            )
            .and_where(messages(message::Column::DeletedAt).is_null())
            .and_where_option(
                search.conversation.map(|id| messages(message::Column::Conversation).eq(id.as_uuid())),
            )
            .and_where_option(
                search.from.map(|sender| messages(message::Column::Sender).eq(sender.as_uuid())),
            )
            .and_where_option(search.before.map(|before| by_sequence.clone().lt(before.get())))
            .order_by_expr(by_sequence, Order::Desc)
            .limit(rows(search.limit));
        query
    }

    /// Adds that the words are there. They are letters and digits only: nothing in them is any database's syntax.
    fn with_words(&self, query: &mut SelectStatement, words: &SearchWords) {
        let (whole, beginning) = words.whole_and_beginning();
        match self.kind() {
            Kind::Sqlite => {
                let mut parts: Vec<String> = whole.iter().map(|word| format!("\"{word}\"")).collect();
                parts.push(format!("\"{beginning}\"*"));
                query.and_where(Expr::cust_with_values(format!("{WORDS} MATCH ?"), [parts.join(" AND ")]));
            }
            Kind::Postgres => {
                let mut parts: Vec<String> = whole.iter().map(|word| format!("'{word}'")).collect();
                parts.push(format!("'{beginning}':*"));
                let matches = format!("{POSTGRES_WORDS} @@ to_tsquery('simple'::regconfig, $1)");
                query.and_where(Expr::cust_with_values(matches, [parts.join(" & ")]));
            }
            Kind::MySql => {
                let parts = indexed_parts(whole, beginning);
                if !parts.is_empty() {
                    let table = message::Entity.table_name();
                    let matches = format!("MATCH ({table}.text) AGAINST (? IN BOOLEAN MODE)");
                    query.and_where(Expr::cust_with_values(matches, [parts.join(" ")]));
                }
                for pattern in patterns(whole, beginning) {
                    let text = Expr::col((message::Entity, message::Column::Text));
                    query.and_where(text.binary(BinOper::Custom("REGEXP"), pattern));
                }
            }
        }
    }
}

/// What InnoDB's index answers, in the language of its boolean mode.
fn indexed_parts(whole: &[String], beginning: &str) -> Vec<String> {
    let indexed = whole.iter().filter(|word| is_indexed(word)).map(|word| format!("+{word}"));
    indexed.chain(all_are_indexed(beginning).then(|| format!("+{beginning}*"))).collect()
}

/// What it can't answer, as patterns that read the person's messages instead. MariaDB's and MySQL's engines differ, but both know
/// Unicode's properties; case counts as the column's collation says.
fn patterns(whole: &[String], beginning: &str) -> Vec<String> {
    let whole = whole
        .iter()
        .filter(|word| !is_indexed(word))
        .map(|word| format!("(^|{NOT_IN_WORDS}){word}($|{NOT_IN_WORDS})"));
    let begun = (!all_are_indexed(beginning)).then(|| format!("(^|{NOT_IN_WORDS}){beginning}"));
    whole.chain(begun).collect()
}

fn is_indexed(word: &str) -> bool {
    word.chars().count() >= SHORTEST_INDEXED && !LEFT_OUT.contains(&word)
}

/// Whether each word with this beginning is in the index.
fn all_are_indexed(beginning: &str) -> bool {
    beginning.chars().count() >= SHORTEST_INDEXED && !LEFT_OUT.iter().any(|word| word.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(typed: &str) -> (String, Vec<String>) {
        let words = SearchWords::of(typed).unwrap();
        let (whole, beginning) = words.whole_and_beginning();
        (indexed_parts(whole, beginning).join(" "), patterns(whole, beginning))
    }

    fn whole(word: &str) -> String {
        format!("(^|{NOT_IN_WORDS}){word}($|{NOT_IN_WORDS})")
    }

    fn begun(word: &str) -> String {
        format!("(^|{NOT_IN_WORDS}){word}")
    }

    #[test]
    fn the_index_of_innodb_is_asked_for_what_is_in_it_alone() {
        assert_eq!(asked("quick brown"), ("+quick +brown*".into(), vec![]));
        assert_eq!(asked("the fox"), ("+fox*".into(), vec![whole("the")]));
        assert_eq!(asked("fo quick"), ("+quick*".into(), vec![whole("fo")]));
        assert_eq!(asked("are fo"), (String::new(), vec![whole("are"), begun("fo")]));
    }

    #[test]
    fn a_beginning_of_words_that_are_left_out_is_not_left_to_the_index() {
        assert_eq!(asked("the"), (String::new(), vec![begun("the")]));
        assert_eq!(asked("answer wha"), ("+answer".into(), vec![begun("wha")]));
        assert_eq!(asked("thesis"), ("+thesis*".into(), vec![]));
    }
}
