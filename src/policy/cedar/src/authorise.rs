//! One request against a compiled set.

use crate::Compiled;
use cedar_policy::{
    AuthorizationError, Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    Request,
};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

#[derive(Deserialize)]
struct Call {
    principal: Uid,
    action: Uid,
    resource: Uid,
    context: serde_json::Value,
    entities: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Uid {
    r#type: String,
    id: String,
}

#[derive(Serialize)]
struct Answer<'a> {
    allowed: bool,
    reason: Vec<&'a str>,
    errors: Vec<Failure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invalid: Option<&'a str>,
}

#[derive(Serialize)]
struct Failure {
    policy: String,
    message: String,
}

/// The answer to a request that could not be put to the policies.
pub fn invalid(message: &str) -> String {
    let answer = Answer { allowed: false, reason: vec![], errors: vec![], invalid: Some(message) };
    serde_json::to_string(&answer).unwrap_or_default()
}

fn uid(name: &Uid) -> Result<EntityUid, String> {
    let kind = EntityTypeName::from_str(&name.r#type).map_err(|error| error.to_string())?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(&name.id)))
}

pub fn authorise(compiled: &Compiled, text: &str) -> Result<String, String> {
    let call: Call = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let action = uid(&call.action)?;
    let context = Context::from_json_value(call.context, Some((&compiled.schema, &action)))
        .map_err(|error| format!("context: {}", chain(&error)))?;
    let request = Request::new(
        uid(&call.principal)?,
        action.clone(),
        uid(&call.resource)?,
        context,
        Some(&compiled.schema),
    )
    .map_err(|error| format!("request: {}", chain(&error)))?;
    // The action with its groups, and the request's own entities, each checked against the schema: giving Cedar the
    // schema for the whole would add every action of it and close the hierarchy over all of them for each request.
    let mut known: Vec<Entity> = compiled.actions.get(&action).cloned().into_iter().collect();
    for entity in call.entities {
        let checked = Entity::from_json_value(entity, Some(&compiled.schema))
            .map_err(|error| format!("entities: {}", chain(&error)))?;
        known.push(checked);
    }
    let entities =
        Entities::from_entities(known, None).map_err(|error| format!("entities: {}", chain(&error)))?;

    let response = Authorizer::new().is_authorized(&request, &compiled.policies, &entities);
    let errors: Vec<Failure> = response.diagnostics().errors().map(failure).collect();
    let mut reason: Vec<&str> = response.diagnostics().reason().map(AsRef::as_ref).collect();
    reason.sort_unstable();
    // Cedar skips a policy that errs, a `forbid` too: then nobody knows what it would have said.
    let allowed = response.decision() == Decision::Allow && errors.is_empty();
    serde_json::to_string(&Answer { allowed, reason, errors, invalid: None })
        .map_err(|error| error.to_string())
}

fn failure(error: &AuthorizationError) -> Failure {
    let AuthorizationError::PolicyEvaluationError(error) = error;
    Failure { policy: error.policy_id().to_string(), message: chain(error.inner()) }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        words += &format!(": {inner}");
        source = inner.source();
    }
    words
}
