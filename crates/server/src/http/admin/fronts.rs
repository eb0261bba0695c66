use actix_web::web::{Data, Json};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Admin;
use crate::http::Site;
use crate::http::api::schema::ProblemDoc;

/// A front.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdminFrontBody {
    id: String,
    title: String,
    path: String,
    community: String,
    /// `normal`, `open-community`, …
    mode: &'static str,
    /// The authenticators' realms, in order.
    realms: Vec<String>,
    /// The roles that are given here.
    roles: Vec<String>,
}

/// The fronts.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdminFrontsBody {
    fronts: Vec<AdminFrontBody>,
}

/// The fronts that there are.
#[utoipa::path(get, path = "/fronts", tag = "options", responses(
    (status = 200, body = AdminFrontsBody), (status = 401, body = ProblemDoc)))]
pub async fn list(site: Data<Site>, _admin: Admin) -> Json<AdminFrontsBody> {
    let fronts = site.engine.fronts().iter().map(|front| {
        let roles: Vec<String> = front.role_book.keys().cloned().collect();
        AdminFrontBody {
            id: front.id.to_string(),
            title: front.title.clone(),
            path: front.path.as_str().to_owned(),
            community: front.community.to_string(),
            mode: front.mode.as_str(),
            realms: front.chain.members().iter().map(|member| member.realm().as_str().to_owned()).collect(),
            roles,
        }
    });
    Json(AdminFrontsBody { fronts: fronts.collect() })
}
