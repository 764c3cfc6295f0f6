import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.math.BigDecimal;
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
import software.amazon.awssdk.core.protocol.MarshallingType;
import software.amazon.awssdk.core.traits.ListTrait;
import software.amazon.awssdk.core.traits.MapTrait;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.services.rekognition.RekognitionClient;
import software.amazon.awssdk.services.rekognition.model.RekognitionRequest;
import software.amazon.awssdk.services.rekognition.model.RekognitionResponse;
import software.amazon.awssdk.utils.builder.Buildable;

/**
 * Client OPERATION JSON: one call through the AWS SDK for Java v2; what came back as one JSON line. In the JSON,
 * {"$file": PATH} stands for a file's bytes. Endpoint and keys come from AWS's own variables.
 */
public final class Client {
    public static void main(String[] arguments) throws Exception {
        Map<String, Object> answer = new LinkedHashMap<>();
        try (RekognitionClient client = RekognitionClient.builder()
                .overrideConfiguration(o -> o.retryStrategy(r -> r.maxAttempts(1))).build()) {
            RekognitionResponse response = call(client, arguments[0], JsonNode.parser().parse(arguments[1]));
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

    /** The client's method of that operation, with a request filled through the SDK's own fields. */
    private static RekognitionResponse call(RekognitionClient client, String operation, JsonNode in) throws Exception {
        Class<?> type = Class.forName("software.amazon.awssdk.services.rekognition.model." + operation + "Request");
        SdkPojo builder = (SdkPojo) type.getMethod("builder").invoke(null);
        RekognitionRequest request = (RekognitionRequest) filled(builder, in);
        Method method = RekognitionClient.class.getMethod(
                Character.toLowerCase(operation.charAt(0)) + operation.substring(1), type);
        try {
            return (RekognitionResponse) method.invoke(client, request);
        } catch (InvocationTargetException exception) {
            throw (RuntimeException) exception.getCause();
        }
    }

    private static Object filled(SdkPojo builder, JsonNode in) throws Exception {
        Map<String, JsonNode> members = new LinkedHashMap<>(in.asObject());
        for (SdkField<?> field : builder.sdkFields()) {
            JsonNode member = members.remove(field.memberName());
            if (member != null) field.set(builder, value(field, member));
        }
        if (!members.isEmpty()) throw new IllegalArgumentException("no member " + members.keySet());
        return ((Buildable) builder).build();
    }

    private static Object value(SdkField<?> field, JsonNode in) throws Exception {
        MarshallingType<?> type = field.marshallingType();
        if (type == MarshallingType.SDK_POJO) return filled(field.constructor().get(), in);
        if (type == MarshallingType.SDK_BYTES)
            return SdkBytes.fromByteArray(Files.readAllBytes(Path.of(in.asObject().get("$file").asString())));
        if (type == MarshallingType.INTEGER) return Integer.valueOf(in.asNumber());
        if (type == MarshallingType.FLOAT) return Float.valueOf(in.asNumber());
        if (type == MarshallingType.LIST) {
            List<Object> list = new ArrayList<>();
            for (JsonNode item : in.asArray()) list.add(value(field.getTrait(ListTrait.class).memberFieldInfo(), item));
            return list;
        }
        if (type == MarshallingType.MAP) {
            Map<String, Object> map = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> entry : in.asObject().entrySet())
                map.put(entry.getKey(), value(field.getTrait(MapTrait.class).valueFieldInfo(), entry.getValue()));
            return map;
        }
        return in.asString();
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
        if (value instanceof Float number) return new BigDecimal(number.toString()).toPlainString();
        if (value == null || value instanceof Number || value instanceof Boolean) return String.valueOf(value);
        return '"' + value.toString().replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }
}
