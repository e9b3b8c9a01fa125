package tui

import (
	"fmt"
	"testing"
)

// The time and the allocations of one frame. Bubble Tea adds its own for the
// difference from the previous frame.
func BenchmarkRender(b *testing.B) {
	scenes := map[string]func(*driver){
		"scenarios": func(d *driver) { d.keys("R", "n") },
		"bench":     func(d *driver) { d.keys("2", "space") },
		"idp":       func(d *driver) { d.keys("3") },
		"help":      func(d *driver) { d.keys("?") },
	}
	for _, name := range []string{"scenarios", "bench", "idp", "help"} {
		for _, size := range []struct{ w, h int }{{80, 24}, {120, 40}} {
			b.Run(fmt.Sprintf("%s-%dx%d", name, size.w, size.h), func(b *testing.B) {
				d := drive(b, newFakeEngine(b), Options{}, size.w, size.h)
				scenes[name](d)
				b.ReportAllocs()
				for b.Loop() {
					d.a.render()
				}
			})
		}
	}
}

// The cost of a cached frame, which most messages pay.
func BenchmarkViewCached(b *testing.B) {
	d := drive(b, newFakeEngine(b), Options{}, 120, 40)
	b.ReportAllocs()
	for b.Loop() {
		d.a.View()
	}
}

// The cost of a batch of records in Update: the whole catalogue at once.
func BenchmarkUpdateRecords(b *testing.B) {
	records := recorded(b, "run.jsonl")
	d := drive(b, endlessEngine{newFakeEngine(b)}, Options{}, 120, 40)
	d.hold = true
	d.keys("R")
	b.ReportAllocs()
	for b.Loop() {
		d.feed(false, records...)
	}
}
