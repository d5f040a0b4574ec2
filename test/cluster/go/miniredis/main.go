// A Redis for Argo CD's cache: in memory, on the address given, gone with the process.
package main

import (
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"
)

func main() {
	if len(os.Args) != 3 || os.Args[1] != "--listen" {
		log.Fatal("usage: miniredis --listen HOST:PORT")
	}
	redis := miniredis.NewMiniRedis()
	if err := redis.StartAddr(os.Args[2]); err != nil {
		log.Fatal(err)
	}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	// Its clock stands still unless it is told of the time: keys would never expire.
	tick := time.NewTicker(time.Second)
	for {
		select {
		case <-tick.C:
			redis.FastForward(time.Second)
		case <-end:
			redis.Close()
			return
		}
	}
}
