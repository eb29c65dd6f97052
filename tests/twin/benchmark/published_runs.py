"""A table of runs as the published ones are, of which two can be simulated."""

from __future__ import annotations

__all__ = ["HEADER", "ROWS"]

HEADER = (
    "run_id,model,vllm_version,max_loras,max_lora_rank,adapter_rank_mix,rate_counts,"
    "mean_input_tokens,mean_output_tokens,duration_s,total_throughput_tok_s,outcome"
)
ROWS = """\
a,llama-3.1-8b-instruct,0.8.5,8,16,8:2;16:2,0.5:4,220,200,120,840,ok
no-profile,mistral-7b,0.8.5,8,16,8:4,0.5:4,220,200,120,840,ok
failed,llama-3.1-8b-instruct,0.8.5,512,32,8:4,0.5:4,220,200,120,,memory_error
b,llama-2-7b,0.5.0,4,8,8:4,0.5:4,220,200,60,840,ok
"""
