//! One request against a compiled set.

use crate::Compiled;
use cedar_policy::{
    AuthorizationError, Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    Request, RestrictedExpression,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex};

/// How many sets of entities are remembered; a set is the asker, what is asked about and the parameters. A collection
/// with 200 tags takes some 60 kB.
const REMEMBERED: usize = 256;

/// Entities by action and text: the same asker comes back to the same collection, and to parse and check both takes
/// longer than to decide.
#[derive(Default)]
pub struct Known(Mutex<HashMap<String, Arc<Entities>>>);

#[derive(Deserialize)]
struct Call<'a> {
    principal: Uid,
    action: Uid,
    resource: Uid,
    context: Map<String, Value>,
    #[serde(borrow)]
    entities: &'a RawValue,
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

fn uid(compiled: &Compiled, name: &Uid) -> Result<EntityUid, String> {
    let kind = match compiled.types.get(&name.r#type) {
        Some(kind) => kind.clone(),
        None => EntityTypeName::from_str(&name.r#type).map_err(|error| error.to_string())?,
    };
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(&name.id)))
}

/// A value of the context. `{"datetime": text}`, `{"decimal": text}` and `{"ip": text}` are Cedar's extension types. What
/// it must be is for the schema to say, which checks the whole request.
fn expression(value: Value) -> Result<RestrictedExpression, String> {
    Ok(match value {
        Value::Bool(value) => RestrictedExpression::new_bool(value),
        Value::String(value) => RestrictedExpression::new_string(value),
        Value::Number(value) => RestrictedExpression::new_long(
            value.as_i64().ok_or_else(|| format!("context: `{value}` is no whole number of 64 bits"))?,
        ),
        Value::Array(values) => RestrictedExpression::new_set(
            values.into_iter().map(expression).collect::<Result<Vec<_>, _>>()?,
        ),
        Value::Object(members) => match extension(&members) {
            Some(value) => value,
            None => RestrictedExpression::new_record(pairs(members)?)
                .map_err(|error| format!("context: {}", chain(&error)))?,
        },
        Value::Null => return Err("context: null is no value".to_owned()),
    })
}

fn extension(members: &Map<String, Value>) -> Option<RestrictedExpression> {
    let (kind, Value::String(text)) = members.iter().next()? else { return None };
    match (members.len(), kind.as_str()) {
        (1, "datetime") => Some(RestrictedExpression::new_datetime(text)),
        (1, "decimal") => Some(RestrictedExpression::new_decimal(text)),
        (1, "ip") => Some(RestrictedExpression::new_ip(text)),
        _ => None,
    }
}

fn pairs(members: Map<String, Value>) -> Result<Vec<(String, RestrictedExpression)>, String> {
    members.into_iter().map(|(name, value)| Ok((name, expression(value)?))).collect()
}

/// The action with its groups, and the request's own entities, each checked against the schema: giving Cedar the schema
/// for the whole would add every action of it and close the hierarchy over all of them.
fn parse_entities(compiled: &Compiled, action: &EntityUid, text: &str) -> Result<Entities, String> {
    let given: Vec<Value> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut all: Vec<Entity> = compiled.actions.get(action).cloned().into_iter().collect();
    for entity in given {
        let checked = Entity::from_json_value(entity, Some(&compiled.schema))
            .map_err(|error| format!("entities: {}", chain(&error)))?;
        all.push(checked);
    }
    Entities::from_entities(all, None).map_err(|error| format!("entities: {}", chain(&error)))
}

fn entities_of(compiled: &Compiled, action: &EntityUid, text: &str) -> Result<Arc<Entities>, String> {
    let key = format!("{} {text}", AsRef::<str>::as_ref(action.id()));
    let lock = || compiled.known.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(found) = lock().get(&key) {
        return Ok(Arc::clone(found));
    }
    let parsed = Arc::new(parse_entities(compiled, action, text)?);
    let mut known = lock();
    if known.len() >= REMEMBERED {
        known.clear();
    }
    known.insert(key, Arc::clone(&parsed));
    Ok(parsed)
}

pub fn authorise(compiled: &Compiled, text: &str) -> Result<String, String> {
    let call: Call = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let action = uid(compiled, &call.action)?;
    let context =
        Context::from_pairs(pairs(call.context)?).map_err(|error| format!("context: {}", chain(&error)))?;
    let request = Request::new(
        uid(compiled, &call.principal)?,
        action.clone(),
        uid(compiled, &call.resource)?,
        context,
        Some(&compiled.schema),
    )
    .map_err(|error| format!("request: {}", chain(&error)))?;
    let entities = entities_of(compiled, &action, call.entities.get())?;

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
