// client OPERATION JSON: one call through the AWS SDK for Go v2; what came back as one JSON line. In the JSON,
// {"$file": PATH} stands for a file's bytes. Endpoint and keys come from AWS's own variables.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/rekognition"
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

// withFiles puts bytes where the request names files.
func withFiles(value any) any {
	switch value := value.(type) {
	case map[string]any:
		if path, ok := value["$file"].(string); ok {
			content, err := os.ReadFile(path)
			must(err)
			return content
		}
		for name, member := range value {
			value[name] = withFiles(member)
		}
	case []any:
		for i, item := range value {
			value[i] = withFiles(item)
		}
	}
	return value
}

// class names the SDK's own type of an error, where it has one.
func class(err error) string {
	for ; err != nil; err = errors.Unwrap(err) {
		if t := reflect.TypeOf(err); t.Kind() == reflect.Pointer && t.Elem().PkgPath() ==
			"github.com/aws/aws-sdk-go-v2/service/rekognition/types" {
			return "types." + t.Elem().Name()
		}
	}
	return "smithy.APIError"
}

func main() {
	var request any
	must(json.Unmarshal([]byte(os.Args[2]), &request))
	text, err := json.Marshal(withFiles(request)) // []byte becomes base64, as the SDK's structs read it
	must(err)
	ctx := context.Background()
	settings, err := config.LoadDefaultConfig(ctx, config.WithRetryMaxAttempts(1))
	must(err)

	method := reflect.ValueOf(rekognition.NewFromConfig(settings)).MethodByName(os.Args[1])
	input := reflect.New(method.Type().In(1).Elem())
	must(json.Unmarshal(text, input.Interface()))
	results := method.Call([]reflect.Value{reflect.ValueOf(ctx), input})
	answer := map[string]any{}
	if failure, _ := results[1].Interface().(error); failure != nil {
		var api smithy.APIError
		if !errors.As(failure, &api) {
			must(failure)
		}
		answer["error"], answer["message"], answer["class"] = api.ErrorCode(), api.ErrorMessage(), class(failure)
		var response *smithyhttp.ResponseError
		if errors.As(failure, &response) {
			answer["status"] = response.HTTPStatusCode()
		}
	} else {
		answer["output"] = results[0].Interface()
		metadata := results[0].Elem().FieldByName("ResultMetadata").Interface().(smithymiddleware.Metadata)
		answer["requestId"], _ = middleware.GetRequestIDMetadata(metadata)
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
