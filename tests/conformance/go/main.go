// client OPERATION JSON: one call through the AWS SDK for Go v2; what came back as one JSON line. The JSON is the SDK's
// own input struct, with {"File": PATH} in place of image bytes. Endpoint and keys come from AWS's own variables.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
	"github.com/aws/aws-sdk-go-v2/service/rekognition/types"
	smithy "github.com/aws/smithy-go"
	smithymiddleware "github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func image(path string) *types.Image {
	content, err := os.ReadFile(path)
	must(err)
	return &types.Image{Bytes: content}
}

type request struct {
	Image, Source, Target string
	Threshold             *float32
	Attributes            []types.Attribute
}

func call(ctx context.Context, client *rekognition.Client, operation string, in request) (any, smithymiddleware.Metadata, error) {
	switch operation {
	case "DetectFaces":
		out, err := client.DetectFaces(ctx, &rekognition.DetectFacesInput{Image: image(in.Image), Attributes: in.Attributes})
		if err != nil {
			return nil, smithymiddleware.Metadata{}, err
		}
		return out, out.ResultMetadata, nil
	case "CompareFaces":
		out, err := client.CompareFaces(ctx, &rekognition.CompareFacesInput{
			SourceImage: image(in.Source), TargetImage: image(in.Target), SimilarityThreshold: in.Threshold})
		if err != nil {
			return nil, smithymiddleware.Metadata{}, err
		}
		return out, out.ResultMetadata, nil
	case "DetectLabels":
		out, err := client.DetectLabels(ctx, &rekognition.DetectLabelsInput{Image: image(in.Image)})
		if err != nil {
			return nil, smithymiddleware.Metadata{}, err
		}
		return out, out.ResultMetadata, nil
	}
	must(fmt.Errorf("unknown operation %s", operation))
	return nil, smithymiddleware.Metadata{}, nil
}

// class names the SDK's own type of an error, where it has one.
func class(err error) string {
	var format *types.InvalidImageFormatException
	var parameter *types.InvalidParameterException
	var denied *types.AccessDeniedException
	switch {
	case errors.As(err, &format):
		return "types.InvalidImageFormatException"
	case errors.As(err, &parameter):
		return "types.InvalidParameterException"
	case errors.As(err, &denied):
		return "types.AccessDeniedException"
	}
	return "smithy.APIError"
}

func main() {
	var in request
	decoder := json.NewDecoder(bytes.NewReader([]byte(os.Args[2])))
	decoder.DisallowUnknownFields()
	must(decoder.Decode(&in))
	ctx := context.Background()
	settings, err := config.LoadDefaultConfig(ctx, config.WithRetryMaxAttempts(1))
	must(err)
	out, metadata, err := call(ctx, rekognition.NewFromConfig(settings), os.Args[1], in)
	answer := map[string]any{}
	if err != nil {
		var api smithy.APIError
		if !errors.As(err, &api) {
			must(err)
		}
		answer["error"], answer["message"], answer["class"] = api.ErrorCode(), api.ErrorMessage(), class(err)
		var response *smithyhttp.ResponseError
		if errors.As(err, &response) {
			answer["status"] = response.HTTPStatusCode()
		}
	} else {
		answer["output"] = out
		id, _ := middleware.GetRequestIDMetadata(metadata)
		answer["requestId"] = aws.String(id)
		if raw, ok := middleware.GetRawResponse(metadata).(*smithyhttp.Response); ok {
			headers := map[string]string{}
			for name := range raw.Header {
				headers[name] = raw.Header.Get(name)
			}
			answer["headers"] = headers
		}
	}
	must(json.NewEncoder(os.Stdout).Encode(answer))
}
