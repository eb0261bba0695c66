/// What a front announces of another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewsRule {
    /// The authenticator whose [`News`](crate::auth::News) it is.
    pub authenticator: String,
    /// The forums whose new topics are announced.
    pub forums: Vec<String>,
    /// Where.
    pub place: NewsPlace,
}

/// Where news are announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewsPlace {
    /// In a room of this name for everybody who enters the front: what guests over there may read.
    Room(String),
    /// In the room of this mirrored group (name or id): what its members may read over there.
    Group(String),
}
