package scenarios

// For tests.
var (
	Embedded   = embedded
	StoredName = storedName
	Store      = store
	Restored   = restored
)
