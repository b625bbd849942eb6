"""Chat templates of the kinds that models ship, shortened to what makes each kind hard."""

CHATML = """\
{%- for message in messages %}
{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"""

GENERATION = """\
{% for message in messages %}
{% if message['role'] == 'assistant' %}
<|im_start|>assistant
{% generation %}{{ message['content'] }}<|im_end|>{% endgeneration %}

{% else %}
<|im_start|>{{ message['role'] }}
{{ message['content'] }}<|im_end|>
{% endif %}
{% endfor %}
{% if add_generation_prompt %}
<|im_start|>assistant
{% endif %}"""

LLAMA2 = """\
{{- bos_token }}
{%- for message in messages %}
{%- if message['role'] == 'user' %}{{ '[INST] ' + message['content'] | trim + ' [/INST]' }}
{%- elif message['role'] == 'assistant' %}{{ ' ' + message['content'] | trim + ' ' + eos_token }}
{%- else %}{{ raise_exception('only user and assistant roles are known') }}{% endif %}
{%- endfor %}"""

PLAIN = """\
{% for message in messages %}
{{ message['role'] | upper }}: {{ message['content'] }}
{% endfor %}
{% if add_generation_prompt %}
ASSISTANT: {% endif %}"""

THINKING = """\
{%- for message in messages %}
{%- if message['role'] == 'assistant' %}
{%- set answer = message['content'].split('</think>')[-1].lstrip('\\n') %}
{%- if loop.last %}{{ '<|im_start|>assistant\\n<think>\\n\\n</think>\\n\\n' + answer + '<|im_end|>\\n' }}
{%- else %}{{ '<|im_start|>assistant\\n' + answer + '<|im_end|>\\n' }}{% endif %}
{%- else %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}
{%- if enable_thinking is false %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}{% endif %}"""

CLOCK = "{{ 'Today is ' + strftime_now('%d %B %Y') + '\\n' }}" + CHATML

TOOL_RESULTS = """\
{%- for message in messages %}
{%- if message['role'] == 'tool' %}
{%- if loop.previtem['role'] != 'tool' %}{{ '<|im_start|>user' }}{% endif %}
{{- '\\n<result>' + message['content'] + '</result>' }}
{%- if loop.last or loop.nextitem['role'] != 'tool' %}{{ '<|im_end|>\\n' }}{% endif %}
{%- else %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] }}
{%- for call in message.tool_calls or [] %}{{ '<call>' + call.function.name + '</call>' }}{% endfor %}
{{- '<|im_end|>\\n' }}{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"""
