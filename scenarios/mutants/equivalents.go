package main

// equivalents are the mutants that behave as the original does as far as
// anybody outside of the package can tell, each with the reason.
var equivalents = []struct {
	key
	why string
}{
	{key{"verifier/refresh/client.go", "Client.start", "defer cancel()", "nothing", 1},
		"The context of a refresh that has ended has no timer, and nothing waits for it."},
	{key{"verifier/refresh/errors.go", "printable", "r < 0x20", "r <= 0x20", 1},
		"A space is replaced by a space."},
	{key{"verifier/refresh/exchange.go", "Client.exchange", "defer cancel()", "nothing", 1},
		"The context ends with that of the refresh, a moment later."},
	{key{"verifier/refresh/refresh.go", "Client.postpone", "6", "6 + 1", 1},
		"The pause would be 128 s instead of 64 s, and both are more than the last one."},
	{key{"verifier/refresh/sealer.go", "Sealer.Open", "string(k.id[:]) != string(sealed[1:header])", "false", 1},
		"Every key is tried, and only the right one opens."},
	{key{"verifier/headercache.go", "headerCache.get", "ok", "false", 1},
		"Every get is a miss, and a miss only makes the caller read the header itself."},
	{key{"verifier/headercache.go", "headerCache.put", "len(old.entries) >= maxHeaderEntries", "len(old.entries) >= maxHeaderEntries - 1", 1},
		"The table holds one header less, and a header that it does not hold is read again."},
	{key{"verifier/headercache.go", "headerCache.put", "len(old.entries) >= maxHeaderEntries", "true", 1},
		"The table holds one header, and all others are read again."},
	{key{"verifier/headercache.go", "headerCache.put", "maps.Copy(next.entries, old.entries)", "nothing", 1},
		"The table holds the last header, and all others are read again."},
	{key{"verifier/headercache.go", "headerCache.put", "next.entries, old.entries", "old.entries, next.entries", 1},
		"The new table is empty at this point, so nothing is copied, and the headers before the last are read again."},
	{key{"verifier/headercache.go", "headerCache.put", "next.entries[strings.Clone(segment)] = e", "nothing", 1},
		"No header is ever held, and each is read again."},
	{key{"verifier/headercache.go", "headerCache.put", "old != nil", "false", 1},
		"No two tables count as being of the same key set, so that only the last header is held."},
	{key{"verifier/headercache.go", "headerCache.put", "old, next", "next, old", 1},
		"The current table is never the new one, so it is not replaced, and each header is read again."},
	{key{"verifier/headercache.go", "headerCache.put", "same", "false", 2},
		"The new table begins empty, and the headers before the last are read again."},
	{key{"verifier/scratch.go", "scratch.release", "scratches.Put(s)", "nothing", 1},
		"Each verification gets new memory instead of used memory, which it overwrites before it reads it."},
	{key{"verifier/scratch.go", "scratch.release", "cap(s.segment) > maxKeptSegment", "false", 1},
		"A long buffer is kept for the next verification, which overwrites what it reads of it."},
	{key{"verifier/refresh/config.go", "isLoopback", "ip != nil", "true", 1},
		"IsLoopback of an IP that is nil is false."},
}

// equivalent returns why m is equivalent, or "".
func equivalent(m *Mutant) string {
	for _, e := range equivalents {
		if e.key == m.key {
			return e.why
		}
	}
	return ""
}
