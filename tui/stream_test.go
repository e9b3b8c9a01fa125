package tui

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
)

// A run of any speed costs few messages, and none of its records is lost.
func TestRecordsComeInBatches(t *testing.T) {
	t.Parallel()
	const total = 50_000
	stream := NewStream(t.Context(), func(_ context.Context, emit func(reports.Record) error) error {
		for i := range total {
			emit(reports.Record{Kind: reports.KindProgress, Progress: &reports.Progress{Done: i}})
		}
		return nil
	})
	next, messages := 0, 0
	for done := false; !done; {
		msg := waitRecords(3, stream, framePeriod)().(recordsMsg)
		messages++
		if msg.id != 3 {
			t.Fatalf("the batch is of run %d, want 3", msg.id)
		}
		if len(msg.records) > batchLimit {
			t.Fatalf("a batch of %d records, want at most %d", len(msg.records), batchLimit)
		}
		for _, r := range msg.records {
			if r.Progress.Done != next {
				t.Fatalf("record %d came as number %d", r.Progress.Done, next)
			}
			next++
		}
		done = msg.done
	}
	if next != total {
		t.Errorf("%d records came, want %d", next, total)
	}
	if messages > total/100 {
		t.Errorf("%d messages for %d records", messages, total)
	}
}

func TestStreamEndsWithItsError(t *testing.T) {
	t.Parallel()
	broken := errors.New("adapter gone")
	stream := NewStream(t.Context(), func(_ context.Context, emit func(reports.Record) error) error {
		emit(reports.Record{Kind: reports.KindHeader, Header: &reports.Header{}})
		return broken
	})
	<-stream.done
	got := stream.Recording()
	if !errors.Is(got.Err, broken) || len(got.Records) != 1 {
		t.Errorf("the recording is %+v, want one record and %v", got, broken)
	}
}

// Once a run has been stopped, its stream may no longer have a reader. What
// it still emits must neither block nor be lost.
func TestStreamKeepsWhatComesAfterTheEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	stream := NewStream(ctx, func(ctx context.Context, emit func(reports.Record) error) error {
		<-ctx.Done()
		for range 2 * streamBuffer {
			emit(reports.Record{Kind: reports.KindCase, Case: &reports.Case{}})
		}
		emit(reports.Record{Kind: reports.KindFooter, Footer: &reports.Footer{Interrupted: true}})
		return ctx.Err()
	})
	cancel()
	<-stream.done
	got := stream.Recording().Records
	if len(got) != 2*streamBuffer+1 || got[len(got)-1].Kind != reports.KindFooter {
		t.Errorf("%d records were kept, want %d with the footer last", len(got), 2*streamBuffer+1)
	}
}

func TestRecordingLeavesOutWhatMayBeDropped(t *testing.T) {
	t.Parallel()
	stream := NewStream(t.Context(), func(_ context.Context, emit func(reports.Record) error) error {
		emit(reports.Record{Kind: reports.KindProgress, Progress: &reports.Progress{}})
		emit(reports.Record{Kind: reports.KindSample, Sample: &reports.Sample{}})
		emit(reports.Record{Kind: reports.KindSample, Sample: &reports.Sample{Final: true}})
		return nil
	})
	<-stream.done
	if got := stream.Recording().Records; len(got) != 1 || !got[0].Sample.Final {
		t.Errorf("kept %+v, want the final sample alone", got)
	}
}

func TestLedger(t *testing.T) {
	t.Parallel()
	t.Run("waits for streams that were asked for", func(t *testing.T) {
		t.Parallel()
		l := &ledger{}
		ask := start(l, 1, func() (*Stream, error) {
			return NewStream(t.Context(), func(_ context.Context, emit func(reports.Record) error) error {
				return emit(reports.Record{Kind: reports.KindHeader, Header: &reports.Header{}})
			}), nil
		})
		go ask()
		l.wait(time.Minute)
		if got := l.recordings(); len(got) != 1 || len(got[0].Records) != 1 {
			t.Errorf("the ledger holds %+v, want one recording of one record", got)
		}
	})
	t.Run("does not wait for ever", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		l := &ledger{}
		l.add(endlessStream(ctx))
		l.wait(time.Millisecond)
		if got := l.recordings(); len(got) != 1 || got[0].Err != nil {
			t.Errorf("the ledger holds %+v, want one recording without an error", got)
		}
	})
	t.Run("keeps the latest", func(t *testing.T) {
		t.Parallel()
		l := &ledger{}
		var streams []*Stream
		for range keepRuns + 3 {
			s := NewStream(t.Context(), func(context.Context, func(reports.Record) error) error { return nil })
			streams = append(streams, s)
			l.add(s)
		}
		for i, s := range l.streams {
			if s != streams[i+3] {
				t.Fatalf("stream %d is not the %dth", i, i+3)
			}
		}
	})
}

// endlessStream emits nothing and ends when ctx does.
func endlessStream(ctx context.Context) *Stream {
	return NewStream(ctx, func(ctx context.Context, _ func(reports.Record) error) error {
		<-ctx.Done()
		return ctx.Err()
	})
}
