//! Texts in, a compiled set out, with every error and warning placed in its file.

use crate::authorise::Known;
use crate::Compiled;
use cedar_policy::ffi::DetailedError;
use cedar_policy::{Effect, PolicyId, PolicySet, Schema, ValidationMode, ValidationWarning, Validator};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;

#[derive(Deserialize)]
struct Sources {
    schema: String,
    files: Vec<SourceFile>,
}

#[derive(Deserialize)]
struct SourceFile {
    name: String,
    text: String,
}

#[derive(Serialize, Default)]
struct Report {
    policies: Vec<PolicyInfo>,
    errors: Vec<Note>,
    warnings: Vec<Note>,
}

#[derive(Serialize)]
struct PolicyInfo {
    id: String,
    effect: &'static str,
    file: String,
    line: usize,
    annotations: BTreeMap<String, String>,
    text: String,
}

#[derive(Serialize, Default)]
struct Note {
    file: String,
    line: usize,
    message: String,
}

/// A report whose only content is one error.
pub fn failure(message: &str) -> String {
    let note = Note { message: message.to_owned(), ..Note::default() };
    render(&Report { errors: vec![note], ..Report::default() })
}

fn render(report: &Report) -> String {
    serde_json::to_string(report).unwrap_or_else(|_| {
        r#"{"policies":[],"errors":[{"file":"","line":0,"message":"unreadable report"}],"warnings":[]}"#
            .to_owned()
    })
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.as_bytes()[..offset.min(text.len())].iter().filter(|byte| **byte == b'\n').count()
}

fn worded(error: &DetailedError) -> String {
    let labels: Vec<&str> =
        error.source_locations.iter().filter_map(|place| place.label.as_deref()).collect();
    let mut words = error.message.clone();
    if !labels.is_empty() {
        words += &format!(" ({})", labels.join("; "));
    }
    if let Some(help) = &error.help {
        words += &format!(" [{help}]");
    }
    words
}

fn placed(file: &SourceFile, error: &DetailedError) -> Note {
    let line = error.source_locations.first().map_or(0, |place| line_of(&file.text, place.loc.start));
    Note { file: file.name.clone(), line, message: worded(error) }
}

/// The set if there is no error, and the report in either case.
pub fn compile(text: &str) -> (Option<Compiled>, String) {
    let sources: Sources = match serde_json::from_str(text) {
        Ok(sources) => sources,
        Err(error) => return (None, failure(&format!("unreadable sources: {error}"))),
    };
    let schema = match Schema::from_cedarschema_str(&sources.schema) {
        Ok((schema, _)) => schema,
        Err(error) => {
            return (None, failure(&format!("the schema: {}", worded(&DetailedError::from(&error)))))
        }
    };
    let actions = match schema.action_entities() {
        Ok(actions) => actions,
        Err(error) => return (None, failure(&format!("the schema's actions: {error}"))),
    };

    let mut report = Report::default();
    let mut policies = PolicySet::new();
    let mut home: HashMap<String, usize> = HashMap::new();
    for (index, file) in sources.files.iter().enumerate() {
        read_file(file, index, &mut policies, &mut home, &mut report);
    }
    if report.errors.is_empty() {
        validate(&schema, &policies, &sources.files, &home, &mut report);
    }
    let words = render(&report);
    if report.errors.is_empty() {
        let types = schema.entity_types().map(|name| (name.to_string(), name.clone())).collect();
        (Some(Compiled { schema, policies, actions, types, known: Known::default() }), words)
    } else {
        (None, words)
    }
}

fn read_file(
    file: &SourceFile,
    index: usize,
    policies: &mut PolicySet,
    home: &mut HashMap<String, usize>,
    report: &mut Report,
) {
    let parsed = match PolicySet::from_str(&file.text) {
        Ok(parsed) => parsed,
        Err(errors) => {
            report.errors.extend(errors.iter().map(|error| placed(file, &DetailedError::from(error))));
            return;
        }
    };
    let note = |line: usize, message: String| Note { file: file.name.clone(), line, message };
    for template in parsed.templates() {
        let line = file.text.find(&template.to_cedar()).map_or(0, |at| line_of(&file.text, at));
        report.errors.push(note(line, "templates (`?principal`, `?resource`) are not supported".to_owned()));
    }
    let mut from = 0;
    for policy in parsed.policies() {
        let text = policy.to_cedar().unwrap_or_default();
        let at = file.text[from..].find(&text).map_or(from, |found| from + found);
        from = (at + text.len()).min(file.text.len());
        let line = line_of(&file.text, at);
        let Some(id) = policy.annotation("id").filter(|id| !id.is_empty()) else {
            report.errors.push(note(line, "a policy needs an id: write `@id(\"…\")` above it".to_owned()));
            continue;
        };
        if let Some(first) = home.insert(id.to_owned(), index) {
            let message = if first == index {
                format!("the policy id `{id}` is used twice in this file")
            } else {
                format!("the policy id `{id}` is used in another file of the set as well")
            };
            report.errors.push(note(line, message));
            continue;
        }
        report.policies.push(PolicyInfo {
            id: id.to_owned(),
            effect: if policy.effect() == Effect::Permit { "permit" } else { "forbid" },
            file: file.name.clone(),
            line,
            annotations: policy
                .annotations()
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
            text,
        });
        if let Err(error) = policies.add(policy.new_id(PolicyId::new(id))) {
            report.errors.push(note(line, error.to_string()));
        }
    }
}

fn validate(
    schema: &Schema,
    policies: &PolicySet,
    files: &[SourceFile],
    home: &HashMap<String, usize>,
    report: &mut Report,
) {
    let find = |id: &PolicyId, error: &DetailedError| match home.get(AsRef::<str>::as_ref(id)) {
        Some(index) => placed(&files[*index], error),
        None => Note { message: worded(error), ..Note::default() },
    };
    let result = Validator::new(schema.clone()).validate(policies, ValidationMode::Strict);
    for error in result.validation_errors() {
        report.errors.push(find(error.policy_id(), &DetailedError::from(error)));
    }
    for warning in result.validation_warnings() {
        let note = find(warning.policy_id(), &DetailedError::from(warning));
        // The other kinds say that a look-alike letter or a bidirectional mark makes the rule read as another.
        if matches!(
            warning,
            ValidationWarning::ImpossiblePolicy(_) | ValidationWarning::InvalidActionApplication(_)
        ) {
            report.warnings.push(note);
        } else {
            report.errors.push(note);
        }
    }
}
