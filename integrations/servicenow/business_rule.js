// Business rule on the table, "async", after insert and update. Outbound REST message "pointsman": POST to
// https://YOUR-POINTSMAN/v1/hooks/servicenow, with the header x-pointsman-token.
(function executeRule(current, previous) {
  var message = new sn_ws.RESTMessageV2('pointsman', 'callback');
  message.setRequestBody(JSON.stringify({
    event: current.operation() == 'insert' ? 'incident.inserted' : 'incident.updated',
    sys_id: String(current.sys_id),
    sys_mod_count: String(current.sys_mod_count),
    sys_updated_by: String(current.sys_updated_by),
    number: String(current.number),
    state: String(current.state),
    close_notes: String(current.close_notes),
    correlation_id: String(current.correlation_id)
  }));
  message.execute();
})(current, previous);
