#pragma once

/// A graph of loops and a branch as MXNet 1.9.1 saved it; see control_flow_json_test.cc.
namespace gluino::testing {

inline constexpr char kControlFlowJson[] = R"json({
  "nodes": [
    {
      "op": "null", 
      "name": "x", 
      "inputs": []
    }, 
    {
      "op": "_plus_scalar", 
      "name": "_plusscalar0", 
      "attrs": {"scalar": "1"}, 
      "inputs": [[0, 0, 0]]
    }, 
    {
      "op": "null", 
      "name": "h", 
      "inputs": []
    }, 
    {
      "op": "null", 
      "name": "w", 
      "inputs": []
    }, 
    {
      "op": "_foreach", 
      "name": "_foreach0", 
      "attrs": {
        "in_data_locs": "[0]", 
        "in_state_locs": "[2]", 
        "num_args": "4", 
        "num_out_data": "1", 
        "num_outputs": "2", 
        "remain_locs": "[1]"
      }, 
      "inputs": [[1, 0, 0], [2, 0, 0], [3, 0, 0]], 
      "subgraphs": [
        {
          "nodes": [
            {
              "op": "null", 
              "name": "_plusscalar0-0", 
              "attrs": {"__subgraph_name__": "foreach0"}, 
              "inputs": []
            }, 
            {
              "op": "null", 
              "name": "w", 
              "inputs": []
            }, 
            {
              "op": "FullyConnected", 
              "name": "fullyconnected0", 
              "attrs": {
                "__subgraph_name__": "foreach0", 
                "no_bias": "True", 
                "num_hidden": "3"
              }, 
              "inputs": [[0, 0, 0], [1, 0, 0]]
            }, 
            {
              "op": "null", 
              "name": "h-0", 
              "attrs": {"__subgraph_name__": "foreach0"}, 
              "inputs": []
            }, 
            {
              "op": "elemwise_add", 
              "name": "_plus0", 
              "attrs": {"__subgraph_name__": "foreach0"}, 
              "inputs": [[2, 0, 0], [3, 0, 0]]
            }, 
            {
              "op": "tanh", 
              "name": "tanh0", 
              "attrs": {"__subgraph_name__": "foreach0"}, 
              "inputs": [[4, 0, 0]]
            }, 
            {
              "op": "_mul_scalar", 
              "name": "_mulscalar0", 
              "attrs": {
                "__subgraph_name__": "foreach0", 
                "scalar": "2"
              }, 
              "inputs": [[5, 0, 0]]
            }
          ], 
          "arg_nodes": [0, 1, 3], 
          "node_row_ptr": [0, 1, 2, 3, 4, 5, 6, 7], 
          "heads": [[5, 0, 0], [6, 0, 0]]
        }
      ]
    }, 
    {
      "op": "null", 
      "name": "i", 
      "inputs": []
    }, 
    {
      "op": "_while_loop", 
      "name": "_while_loop0", 
      "attrs": {
        "cond_input_locs": "[0]", 
        "func_input_locs": "[1, 0, 2]", 
        "func_var_locs": "[1, 0]", 
        "max_iterations": "3", 
        "num_args": "5", 
        "num_out_data": "1", 
        "num_outputs": "3"
      }, 
      "inputs": [[5, 0, 0], [4, 1, 0], [4, 1, 0]], 
      "subgraphs": [
        {
          "nodes": [
            {
              "op": "null", 
              "name": "i-0", 
              "attrs": {"__subgraph_name__": "while_loop_cond0"}, 
              "inputs": []
            }, 
            {
              "op": "_lesser_scalar", 
              "name": "_lesser_scalar0", 
              "attrs": {
                "__subgraph_name__": "while_loop_cond0", 
                "scalar": "3"
              }, 
              "inputs": [[0, 0, 0]]
            }
          ], 
          "arg_nodes": [0], 
          "node_row_ptr": [0, 1, 2], 
          "heads": [[1, 0, 0]]
        }, 
        {
          "nodes": [
            {
              "op": "null", 
              "name": "_foreach0-1", 
              "attrs": {"__subgraph_name__": "while_loop_func0"}, 
              "inputs": []
            }, 
            {
              "op": "_mul_scalar", 
              "name": "_mulscalar1", 
              "attrs": {
                "__subgraph_name__": "while_loop_func0", 
                "scalar": "2"
              }, 
              "inputs": [[0, 0, 0]]
            }, 
            {
              "op": "null", 
              "name": "i-0", 
              "attrs": {"__subgraph_name__": "while_loop_func0"}, 
              "inputs": []
            }, 
            {
              "op": "_plus_scalar", 
              "name": "_plusscalar1", 
              "attrs": {
                "__subgraph_name__": "while_loop_func0", 
                "scalar": "1"
              }, 
              "inputs": [[2, 0, 0]]
            }, 
            {
              "op": "null", 
              "name": "_foreach0_output1", 
              "inputs": []
            }, 
            {
              "op": "elemwise_mul", 
              "name": "_mul0", 
              "attrs": {"__subgraph_name__": "while_loop_func0"}, 
              "inputs": [[0, 0, 0], [4, 0, 0]]
            }
          ], 
          "arg_nodes": [0, 2, 4], 
          "node_row_ptr": [0, 1, 2, 3, 4, 5, 6], 
          "heads": [[1, 0, 0], [3, 0, 0], [5, 0, 0]]
        }
      ]
    }, 
    {
      "op": "sum", 
      "name": "sum0", 
      "inputs": [[2, 0, 0]]
    }, 
    {
      "op": "_lesser_scalar", 
      "name": "_lesser_scalar1", 
      "attrs": {"scalar": "1"}, 
      "inputs": [[7, 0, 0]]
    }, 
    {
      "op": "_cond", 
      "name": "_cond0", 
      "attrs": {
        "cond_input_locs": "[0]", 
        "else_input_locs": "[2]", 
        "num_args": "6", 
        "num_outputs": "1", 
        "then_input_locs": "[1]"
      }, 
      "inputs": [[8, 0, 0], [6, 2, 0], [2, 0, 0]], 
      "subgraphs": [
        {
          "nodes": [
            {
              "op": "null", 
              "name": "_lesser_scalar1_output", 
              "inputs": []
            }, 
            {
              "op": "_copy", 
              "name": "identity0", 
              "attrs": {"__subgraph_name__": "cond_pred0"}, 
              "inputs": [[0, 0, 0]]
            }
          ], 
          "arg_nodes": [0], 
          "node_row_ptr": [0, 1, 2], 
          "heads": [[1, 0, 0]]
        }, 
        {
          "nodes": [
            {
              "op": "null", 
              "name": "_while_loop0_output2", 
              "inputs": []
            }, 
            {
              "op": "_plus_scalar", 
              "name": "_plusscalar2", 
              "attrs": {
                "__subgraph_name__": "cond_then0", 
                "scalar": "1"
              }, 
              "inputs": [[0, 0, 0]]
            }
          ], 
          "arg_nodes": [0], 
          "node_row_ptr": [0, 1, 2], 
          "heads": [[1, 0, 0]]
        }, 
        {
          "nodes": [
            {
              "op": "null", 
              "name": "h", 
              "inputs": []
            }, 
            {
              "op": "_copy", 
              "name": "identity1", 
              "attrs": {"__subgraph_name__": "cond_else0"}, 
              "inputs": [[0, 0, 0]]
            }
          ], 
          "arg_nodes": [0], 
          "node_row_ptr": [0, 1, 2], 
          "heads": [[1, 0, 0]]
        }
      ]
    }
  ], 
  "arg_nodes": [0, 2, 3, 5], 
  "node_row_ptr": [
    0, 
    1, 
    2, 
    3, 
    4, 
    6, 
    7, 
    10, 
    11, 
    12, 
    13
  ], 
  "heads": [[4, 0, 0], [6, 0, 0], [9, 0, 0]], 
  "attrs": {"mxnet_version": ["int", 10901]}
})json";

}  // namespace gluino::testing
