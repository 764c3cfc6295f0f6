import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.services.rekognition.RekognitionClient;
import software.amazon.awssdk.services.rekognition.model.Image;
import software.amazon.awssdk.services.rekognition.model.RekognitionResponse;

/**
 * Client OPERATION JSON: one call through the AWS SDK for Java v2; what came back as one JSON line. Members of the JSON:
 * Image, Source, Target (paths), Threshold, Attributes. Endpoint and keys come from AWS's own variables.
 */
public final class Client {
    public static void main(String[] arguments) throws Exception {
        Map<String, Object> answer = new LinkedHashMap<>();
        try (RekognitionClient client = RekognitionClient.builder()
                .overrideConfiguration(o -> o.retryStrategy(r -> r.maxAttempts(1))).build()) {
            RekognitionResponse response = call(client, arguments[0], JsonNode.parser().parse(arguments[1]).asObject());
            answer.put("output", members(response));
            answer.put("requestId", response.responseMetadata().requestId());
            Map<String, Object> headers = new LinkedHashMap<>();
            response.sdkHttpResponse().headers().forEach((name, values) -> headers.put(name, values.get(0)));
            answer.put("headers", headers);
        } catch (AwsServiceException exception) {
            answer.put("error", exception.awsErrorDetails().errorCode());
            answer.put("message", exception.awsErrorDetails().errorMessage());
            answer.put("class", exception.getClass().getSimpleName());
            answer.put("status", exception.statusCode());
            answer.put("requestId", exception.requestId());
        }
        System.out.println(json(answer));
    }

    private static RekognitionResponse call(RekognitionClient client, String operation, Map<String, JsonNode> in)
            throws Exception {
        switch (operation) {
            case "DetectFaces": {
                Image image = image(in.get("Image"));
                List<String> attributes = new ArrayList<>();
                if (in.containsKey("Attributes")) in.get("Attributes").asArray().forEach(a -> attributes.add(a.asString()));
                return client.detectFaces(r -> r.image(image).attributesWithStrings(attributes));
            }
            case "CompareFaces": {
                Image source = image(in.get("Source"));
                Image target = image(in.get("Target"));
                Float threshold = in.containsKey("Threshold") ? Float.valueOf(in.get("Threshold").asNumber()) : null;
                return client.compareFaces(r -> r.sourceImage(source).targetImage(target).similarityThreshold(threshold));
            }
            case "DetectLabels": {
                Image image = image(in.get("Image"));
                return client.detectLabels(r -> r.image(image));
            }
            default:
                throw new IllegalArgumentException(operation);
        }
    }

    private static Image image(JsonNode path) throws Exception {
        return Image.builder().bytes(SdkBytes.fromByteArray(Files.readAllBytes(Path.of(path.asString())))).build();
    }

    private static Map<String, Object> members(SdkPojo pojo) {
        Map<String, Object> all = new LinkedHashMap<>();
        for (SdkField<?> field : pojo.sdkFields()) {
            Object value = field.getValueOrDefault(pojo);
            if (value != null) all.put(field.memberName(), value);
        }
        return all;
    }

    private static String json(Object value) {
        if (value instanceof SdkPojo pojo) return json(members(pojo));
        if (value instanceof Map<?, ?> map) {
            List<String> parts = new ArrayList<>();
            map.forEach((name, member) -> parts.add(json(name) + ":" + json(member)));
            return "{" + String.join(",", parts) + "}";
        }
        if (value instanceof List<?> list) return "[" + String.join(",", list.stream().map(Client::json).toList()) + "]";
        if (value == null || value instanceof Number || value instanceof Boolean) return String.valueOf(value);
        return '"' + value.toString().replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }
}
