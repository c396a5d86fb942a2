# ECS' events for ecswatchd: a queue, two rules that fill it, and who may read it. docs/eventbridge.md
variable "role_name" {
  description = "Name of the role that ecswatchd runs as"
  type        = string
}

resource "aws_sqs_queue" "ecswatch" {
  name_prefix                = "ecswatch-"
  message_retention_seconds  = 300 # what nobody has read by then was seen by polling
  visibility_timeout_seconds = 30
  receive_wait_time_seconds  = 20
  sqs_managed_sse_enabled    = true
}

resource "aws_cloudwatch_event_rule" "services" {
  name_prefix = "ecswatch-services-"
  event_pattern = jsonencode({
    source        = ["aws.ecs"]
    "detail-type" = ["ECS Deployment State Change", "ECS Service Action"]
  })
}

resource "aws_cloudwatch_event_rule" "tasks" {
  name_prefix = "ecswatch-tasks-"
  event_pattern = jsonencode({
    source        = ["aws.ecs"]
    "detail-type" = ["ECS Task State Change"]
    detail = {
      group      = [{ prefix = "service:" }]
      lastStatus = ["RUNNING", "STOPPED"]
    }
  })
}

resource "aws_cloudwatch_event_target" "services" {
  rule = aws_cloudwatch_event_rule.services.name
  arn  = aws_sqs_queue.ecswatch.arn
}

resource "aws_cloudwatch_event_target" "tasks" {
  rule = aws_cloudwatch_event_rule.tasks.name
  arn  = aws_sqs_queue.ecswatch.arn
}

resource "aws_sqs_queue_policy" "ecswatch" {
  queue_url = aws_sqs_queue.ecswatch.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.ecswatch.arn
      Condition = {
        ArnEquals = {
          "aws:SourceArn" = [aws_cloudwatch_event_rule.services.arn, aws_cloudwatch_event_rule.tasks.arn]
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "ecswatch_events" {
  name = "ecswatch-events"
  role = var.role_name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage"]
      Resource = aws_sqs_queue.ecswatch.arn
    }]
  })
}

output "queue_url" {
  description = "aws.events.queue_url of ecswatch.yaml"
  value       = aws_sqs_queue.ecswatch.id
}
