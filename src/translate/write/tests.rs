//! Plans for writes over the OpenLDAP preset.
