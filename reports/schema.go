package reports

import _ "embed"

//go:embed schema.json
var schema string

// Schema returns the published JSON Schema (draft 2020-12) of one line of the
// stream. It allows members that it does not know, as [Read] does; the order
// of the lines is beyond what it can say.
func Schema() string { return schema }
