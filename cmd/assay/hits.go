package main

import (
	"path/filepath"
	"strings"

	"github.com/assay-id/assay/scenarios/load"
)

// hitsFile is the file of --hits. The zero value is none.
type hitsFile struct {
	hits *load.Hits
	file *outFile
}

// openHits opens the file of --hits, whose ending says how it is encoded.
func openHits(name string) (hitsFile, error) {
	if name == "" {
		return hitsFile{}, nil
	}
	file, err := createFile(name, false)
	if err != nil {
		return hitsFile{}, usage("--hits: %v", err)
	}
	hits, err := load.NewHits(file, strings.TrimPrefix(filepath.Ext(name), "."))
	if err != nil {
		file.discard()
		return hitsFile{}, usageHint("--hits hits.gob", "--hits: the ending of %q is not one of %s", name, "."+strings.Join(load.HitFormats(), ", ."))
	}
	return hitsFile{hits, file}, nil
}

// discard removes the file.
func (h hitsFile) discard() {
	if h.file != nil {
		h.file.discard()
	}
}

// Close gives the file its name, if it is whole.
func (h hitsFile) Close() error {
	if h.file == nil {
		return nil
	}
	if err := h.hits.Close(); err != nil {
		h.file.discard()
		return err
	}
	return h.file.Close()
}
