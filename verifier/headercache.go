package verifier

import (
	"maps"
	"strings"
	"sync/atomic"
)

// headerCache remembers the header segments of verified tokens. A provider
// sends the same header with every token that one key signs, so it is decoded,
// and its keys are found, only once.
//
// Only headers of tokens whose signature was good get in, so only the provider
// can fill it. It is copied on write, because it changes with the keys, every
// few days, and is read with every token.
type headerCache struct {
	current atomic.Pointer[headerTable]
}

// headerTable holds the entries that were made with one key set.
type headerTable struct {
	set     *KeySet
	entries map[string]headerEntry
}

// headerEntry is a decoded header with the keys that it leads to.
type headerEntry struct {
	header header
	alg    algorithm
	keys   []*publicKey
}

// maxHeaderEntries bounds the cache. A provider signs with a handful of keys;
// one that puts a new parameter into every header makes the cache useless, but
// does no other harm.
const maxHeaderEntries = 64

// get returns the entry of a header segment and the set that it was made with,
// or a nil set.
func (c *headerCache) get(segment string) (headerEntry, *KeySet) {
	table := c.current.Load()
	if table == nil {
		return headerEntry{}, nil
	}
	if e, ok := table.entries[segment]; ok {
		return e, table.set
	}
	return headerEntry{}, nil
}

// put adds an entry, and drops entries of another key set. If it loses a race,
// the entry is lost: the next token adds it again.
func (c *headerCache) put(segment string, e headerEntry, set *KeySet) {
	old := c.current.Load()
	same := old != nil && old.set == set
	if same && len(old.entries) >= maxHeaderEntries {
		return
	}
	next := &headerTable{set: set, entries: make(map[string]headerEntry, 1)}
	if same {
		maps.Copy(next.entries, old.entries)
	}
	// A clone, because the segment is a part of the caller's token and would
	// keep all of it in memory.
	next.entries[strings.Clone(segment)] = e
	c.current.CompareAndSwap(old, next)
}
