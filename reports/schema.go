package reports

import _ "embed"

//go:embed schema.json
var schema string

// Schema returns the published JSON Schema (draft 2020-12) of one line of the
// stream. It allows unknown members, as [Read] does; it cannot express the
// order of the lines.
func Schema() string { return schema }

//go:embed diagnosis.schema.json
var diagnosisSchema string

// DiagnosisSchema returns the published JSON Schema (draft 2020-12) of a
// [Diagnosis].
func DiagnosisSchema() string { return diagnosisSchema }

//go:embed checkup.schema.json
var checkupSchema string

// CheckupSchema returns the published JSON Schema (draft 2020-12) of a
// [Checkup].
func CheckupSchema() string { return checkupSchema }

//go:embed matrix.schema.json
var matrixSchema string

// MatrixSchema returns the published JSON Schema (draft 2020-12) of a
// [Matrix].
func MatrixSchema() string { return matrixSchema }
