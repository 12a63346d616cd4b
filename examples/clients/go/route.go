// Asks a running `fenliu serve` who must answer one message.
package main

//go:generate go run github.com/bufbuild/buf/cmd/buf@v1.75.0 generate ../../../proto

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"route/routerpb"
)

func main() {
	log.SetFlags(0)
	address, text := os.Args[1], os.Args[2]
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if token := os.Getenv("FENLIU_TOKEN"); token != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
	}
	transport := insecure.NewCredentials()
	if ca := os.Getenv("FENLIU_CA"); ca != "" {
		var err error
		if transport, err = credentials.NewClientTLSFromFile(ca, ""); err != nil {
			log.Fatal(err)
		}
	}
	channel, err := grpc.NewClient(address, grpc.WithTransportCredentials(transport))
	if err != nil {
		log.Fatal(err)
	}
	defer channel.Close()

	request := &routerpb.RouteRequest{Inquiry: &routerpb.Inquiry{Text: text}}
	response, err := routerpb.NewRouterClient(channel).Route(ctx, request)
	if err != nil {
		failed := status.Convert(err)
		log.Fatalf("%s: %s", code.Code(failed.Code()), failed.Message())
	}
	outcome, intent := response.GetOutcome(), "-"
	if len(outcome.GetIntents()) > 0 {
		intent = outcome.GetIntents()[0].GetId()
	}
	fmt.Println(outcome.GetTier(), outcome.GetGroup(), intent, outcome.GetMatch())
}
