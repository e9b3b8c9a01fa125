package reproduce_test

import (
	"testing"

	"go.uber.org/goleak"
)

// A recipe ends every server that it starts.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
