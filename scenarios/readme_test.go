package scenarios_test

import (
	"fmt"
	"os"
	"regexp"
	"testing"

	"github.com/assay-id/assay/scenarios"
)

const guide = "README.md"

// The reader accepts every file that the guide shows.
func TestReadmeShowsFilesThatCanBeRead(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	files := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(files) < 5 {
		t.Fatalf("the guide shows %d files, want at least 5", len(files))
	}
	for i, file := range files {
		if _, err := scenarios.Parse(fmt.Sprintf("file %d of %s", i+1, guide), []byte(file[1])); err != nil {
			t.Error(err)
		}
	}
}
