//! The shape most parts of the file share: every key optional, unknown keys refused, defaults left out when written.
//!
//! It stands apart so that the rule is said once. Parts with a required key do not use it; they derive by hand.

/// Whether a value says nothing and is left out of the normal form.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Declares a mapping whose keys may all be left out.
macro_rules! form {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$inner:meta])* pub $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
        pub struct $name {
            $(
                $(#[$inner])*
                #[serde(skip_serializing_if = "crate::form::is_default")]
                pub $field: $type,
            )*
        }
    };
}

/// Gives a type that is written as one scalar its serde forms from `FromStr` and `Display`.
macro_rules! scalar {
    ($name:ident, $what:literal) => {
        impl TryFrom<String> for $name {
            type Error = crate::scalar::BadScalar;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.to_string()
            }
        }
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": ["string", "number"], "description": $what })
            }
        }
    };
}

pub(crate) use {form, scalar};
